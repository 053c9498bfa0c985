import { windowAt } from '#domain/authority/matrix.ts'
import { roleList, roleName } from '#domain/communication/role-words.ts'
import { span } from '#domain/communication/words.ts'
import type { PinnedPolicy } from '#domain/incident/policy-in-force.ts'
import type { Micros } from '#domain/time.ts'

/** What a policy says otherwise than another about who may decide, a line for each window and limit. */
export function policyChanges(before: PinnedPolicy, after: PinnedPolicy): readonly string[] {
  const boundaries = [
    ...new Set([...before.matrix, ...after.matrix].map(({ fromMicros }) => fromMicros)),
  ].toSorted((a, b) => a - b)
  return [
    ...boundaries.flatMap((from) => {
      const [was, is] = [windowAt(before.matrix, from), windowAt(after.matrix, from)]
      return [
        ...changed(
          `may decide ${beginning(from)}`,
          roleName(was.mayAuthorize),
          roleName(is.mayAuthorize),
        ),
        ...changed(`told ${beginning(from)}`, named(was.notify), named(is.notify)),
      ]
    }),
    ...limits.flatMap(({ name, of }) => changed(name, span(of(before)), span(of(after)))),
  ]
}

const beginning = (from: Micros): string => (from === 0 ? 'at first' : `from ${span(from)} on`)

const changed = (what: string, was: string, is: string): readonly string[] =>
  was === is ? [] : [`${what}: ${was} → ${is}`]

const named = (roles: Parameters<typeof roleList>[0]): string =>
  roles.length === 0 ? 'nobody' : roleList(roles)

const limits: readonly { readonly name: string; of(policy: PinnedPolicy): Micros }[] = [
  { name: 'a request expires after', of: (policy) => policy.requestExpiresMicros },
  { name: 'an approval expires after', of: (policy) => policy.approvalExpiresMicros },
  {
    name: 'what was approved ahead must begin within',
    of: (policy) => policy.scheduleWindowMicros,
  },
]
