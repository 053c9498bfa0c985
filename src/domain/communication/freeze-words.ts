import type { IncidentId, ServiceId } from '#domain/ids.ts'
import { frozenServices } from '#domain/rollback/freeze.ts'
import type { OtherFreeze } from '#domain/rollback/freeze-events.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { clock, list } from './words.ts'

/** Reasons are written by people and may be long; whoever is refused reads this in a terminal. */
const longestReason = 160

/** What somebody reads whose deploy is refused: why it is frozen, until when, and where it is lifted. One line. Who asked stands on the card: an id of Slack tells a terminal nothing. */
export function freezeWords(
  incident: IncidentId,
  { service, reason, plan, freeze }: RollbackState,
  until: Instant,
  now: Instant,
  /** Another service, to which the freeze was widened. */
  other?: ServiceId,
): string {
  const versions = plan ? ` from ${plan.from.name} to ${plan.to.name}` : ''
  const { pinned } = freeze
  if (pinned && !other)
    return oneLine(
      `${service} is pinned until ${clock(until, now)}, after its rollback${versions} (${shortened(pinned.reason)}). The freeze is lifted on the card of the rollback in Slack (${incident}).`,
    )
  return oneLine(
    `Deploys of ${other ?? service} are frozen until ${clock(until, now)}: ${other ? `together with ${service}, whose` : 'its'} rollback${versions} was asked for (${shortened(reason)}). The freeze is lifted on the card of the rollback in Slack (${incident}).`,
  )
}

type Frozen = Pick<RollbackState, 'service' | 'plan' | 'voidedPlan'>

/** Whose deploys are frozen with it, for whoever reads of that: of a plan that is gone only the service is known. */
export function frozenWith({ service, plan, voidedPlan }: Frozen): readonly ServiceId[] {
  const frozen = frozenServices(service, plan ?? voidedPlan)
  return frozen.length === 0 ? [service] : frozen
}
export const frozenNames = (rollback: Frozen): string => list(frozenWith(rollback))

/** `another freeze (inc-cart-7fk3qd) refuses deploys of cart until 16:30 UTC`, and so on for each of them. */
export const otherFreezeWords = (
  others: readonly OtherFreeze[],
  now: Instant,
  verb: 'refuses' | 'refused',
): string =>
  list(
    others.map(({ service, incident, until }) =>
      [
        `another freeze${incident === undefined ? '' : ` (${incident})`}`,
        `${verb} deploys of ${service}`,
        ...(until === undefined ? [] : [`until ${clock(until, now)}`]),
      ].join(' '),
    ),
  )

export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
export const shortened = (text: string): string =>
  text.length > longestReason ? `${text.slice(0, longestReason).toWellFormed().trimEnd()} …` : text
