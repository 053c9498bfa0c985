import { asFields, asText } from './fields.ts'

export type Access = ReturnType<typeof createAccess>
/** Whose token a request carried. */
export type Account = 'countermand' | 'admin'

const userOf: Readonly<Record<Account, string>> = {
  countermand: 'system:serviceaccount:countermand:countermand',
  admin: 'admin',
}

/** The least an executor needs; the chart's Role grants the same. */
const leastPrivilege: Readonly<Record<string, readonly string[]>> = {
  namespaces: ['get'],
  deployments: ['get', 'list', 'watch', 'patch'],
  statefulsets: ['get', 'list', 'watch', 'patch'],
  daemonsets: ['get', 'list', 'watch', 'patch'],
  replicasets: ['get', 'list', 'watch'],
  controllerrevisions: ['get', 'list', 'watch'],
  pods: ['get', 'list', 'watch', 'delete'],
  'pods/log': ['get'],
  'deployments/scale': ['get', 'patch'],
  'statefulsets/scale': ['get', 'patch'],
  events: ['get', 'list', 'watch'],
  services: ['get', 'list', 'watch'],
  endpoints: ['get', 'list', 'watch'],
  endpointslices: ['get', 'list', 'watch'],
  horizontalpodautoscalers: ['get', 'list', 'watch'],
  configmaps: ['get', 'list', 'watch'],
}

/** Who may what: an administrator everything, the product's account a least-privileged Role. */
export function createAccess() {
  const granted = () =>
    new Set(
      Object.entries(leastPrivilege).flatMap(([what, verbs]) =>
        verbs.map((verb) => `${verb} ${what}`),
      ),
    )
  let rights = granted()
  return {
    userOf: (account: Account): string => userOf[account],
    /** Takes a right of the product's account away: `forbid('patch', 'deployments')`, `forbid('get', 'pods/log')`. */
    forbid(verb: string, what: string): void {
      rights.delete(`${verb} ${what}`)
    },
    /** Gives the product's account one more right. */
    allow(verb: string, what: string): void {
      rights.add(`${verb} ${what}`)
    },
    reset(): void {
      rights = granted()
    },
    isAllowed(account: Account, verb: string, plural: string, subresource: string): boolean {
      const what = subresource === '' ? plural : `${plural}/${subresource}`
      return account === 'admin' || rights.has(`${verb} ${what}`)
    },
  }
}

/** The answer to a SelfSubjectAccessReview. */
export function reviewAccess(access: Access, account: Account, review: unknown) {
  const spec = asFields(asFields(review)['spec'])
  const asked = asFields(spec['resourceAttributes'])
  const text = (name: string) => asText(asked[name])
  const plural = text('resource')
  const isAllowed = access.isAllowed(account, text('verb'), plural, text('subresource'))
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec,
    status: isAllowed
      ? { allowed: true, reason: 'RBAC: allowed by the sandbox' }
      : { allowed: false },
  }
}
