import { asFields, asText } from './fields.ts'
import type { Fields } from './objects.ts'
import { deployedGrants, type Grant } from './role.ts'

export type Access = ReturnType<typeof createAccess>
/** Whose token a request carried. */
export type Account = 'countermand' | 'admin'

/** What a request would do, as an authorizer sees it. */
export interface Attempt {
  readonly verb: string
  readonly group: string
  readonly plural: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

const userOf: Readonly<Record<Account, string>> = {
  countermand: 'system:serviceaccount:countermand:countermand',
  admin: 'admin',
}

/** Who may what: an administrator everything, the product's account what the Role in `deploy/` gives it. */
export function createAccess() {
  let grants: readonly Grant[] = [
    ...deployedGrants('rbac'),
    ...deployedGrants('freeze'),
    ...deployedGrants('traffic'),
  ]
  return {
    userOf: (account: Account): string => userOf[account],
    /** Takes a right of the product's account away: `forbid('patch', 'deployments')`, `forbid('get', 'pods/log')`. */
    forbid(verb: string, resource: string): void {
      grants = grants.filter((grant) => grant.verb !== verb || grant.resource !== resource)
    },
    /** Gives the product's account one more right, or every right: `allow('*', '*')`. */
    allow(verb: string, resource: string, group = ''): void {
      grants = [...grants, { verb, group, resource, names: [], namespace: undefined }]
    },
    /** The product's account may this and nothing else. */
    grant(instead: readonly Grant[]): void {
      grants = instead
    },
    isAllowed: (account: Account, attempt: Attempt): boolean =>
      account === 'admin' || grants.some((grant) => covers(grant, attempt)),
  }
}

function covers({ verb, group, resource, names, namespace }: Grant, attempt: Attempt): boolean {
  if (verb === '*' && resource === '*') return true
  const { plural, subresource } = attempt
  return (
    verb === attempt.verb &&
    group === attempt.group &&
    resource === (subresource === '' ? plural : `${plural}/${subresource}`) &&
    (names.length === 0 || names.includes(attempt.name)) &&
    // A Role grants nothing over all namespaces at once.
    attempt.namespace !== '' &&
    (attempt.namespace === 'kube-system') === (namespace === 'kube-system')
  )
}

const withoutEmpty = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** The answer to a SelfSubjectAccessReview. */
export function reviewAccess(access: Access, account: Account, review: unknown) {
  const spec = asFields(asFields(review)['spec'])
  const asked = asFields(spec['resourceAttributes'])
  const text = (name: string) => asText(asked[name])
  const isAllowed = access.isAllowed(account, {
    verb: text('verb'),
    group: text('group'),
    plural: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
  })
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    spec: { resourceAttributes: withoutEmpty(asked) },
    status: isAllowed
      ? { allowed: true, reason: 'RBAC: allowed by the sandbox' }
      : { allowed: false },
  }
}
