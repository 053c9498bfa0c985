import { isFields } from './patch.ts'
import type { Resource } from './resources.ts'

export type Access = ReturnType<typeof createAccess>

/** The rights of the one account: everything, but for what was taken away. */
export function createAccess() {
  const denied = new Set<string>()
  const ruleOf = (verb: string, plural: string, subresource = '') =>
    `${verb} ${plural}${subresource === '' ? '' : `/${subresource}`}`
  return {
    user: 'system:serviceaccount:countermand:countermand',
    /** Takes a right away: `forbid('patch', 'deployments')`, `forbid('get', 'pods', 'log')`. */
    forbid(verb: string, plural: string, subresource = ''): void {
      denied.add(ruleOf(verb, plural, subresource))
    },
    allowAll(): void {
      denied.clear()
    },
    isAllowed: (verb: string, { plural }: Pick<Resource, 'plural'>, subresource: string): boolean =>
      !denied.has(ruleOf(verb, plural, subresource)),
  }
}

/** The answer to a SelfSubjectAccessReview. */
export function reviewAccess(access: Access, review: unknown) {
  const spec = isFields(review) && isFields(review['spec']) ? review['spec'] : {}
  const asked = isFields(spec['resourceAttributes']) ? spec['resourceAttributes'] : {}
  const text = (name: string) => String(asked[name] ?? '')
  const isAllowed = access.isAllowed(
    text('verb'),
    { plural: text('resource') },
    text('subresource'),
  )
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
