import { isMachine } from '#domain/alerts/alert.ts'
import { type Raise, required, windowInTime } from '#domain/authority/matrix.ts'
import { rankOf, roles } from '#domain/authority/role.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import type { World } from '#workflows/world.ts'

interface Asked {
  readonly service: Service
  readonly by: PersonId
  readonly start: Instant
  readonly now: Instant
  readonly raise: Raise
  /** Two must approve, because something may be lost. */
  readonly mayLose: boolean
}

/** Before a request is posted: is there anybody, at the level this minute needs or above, who could approve it? `undefined` when there is. */
export async function nobodyReachable(
  { directory, policy }: Pick<World, 'directory' | 'policy'>,
  { service, by, start, now, raise, mayLose }: Asked,
): Promise<Answer | undefined> {
  const need = required(windowInTime(policy.matrix, start, now), raise)
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const enough = roles.filter((role) => rankOf(role) >= rankOf(need.role))
  const found = await Promise.all(enough.map((role) => directory.holders(role, service, signal)))
  const people = new Set(found.flatMap((holders) => holders.people))
  if (service.twoPerson) people.delete(by)
  const isTwo = need.coApprover || mayLose || (service.twoPerson && isMachine(by))
  if (people.size > (isTwo ? 1 : 0)) return undefined
  const down = [...new Set(found.flatMap((holders) => holders.down))]
  return { kind: 'nobody_can_approve', service: service.id, role: need.role, down }
}
