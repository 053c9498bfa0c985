import type { IncidentId } from '#domain/ids.ts'
import type { HeldBy } from '#domain/rollback/hold.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { oneLine, shortened } from './freeze-words.ts'
import { roleName } from './role-words.ts'
import { clock, list } from './words.ts'

/** `shop/checkout:2.3.0 or sha256:0736b94db29c`: what a deploy must not name. */
export const imagesText = (images: Extract<HeldBy, { kind: 'image' }>['images']): string =>
  images.map((names) => list(names.map(shortDigest), 'or')).join(' together with ')

const shortDigest = (name: string): string =>
  name.replace(/^@(sha256:[0-9a-f]{1,12})[0-9a-f]*$/, '$1')

/** What somebody reads who deploys a held version: who holds it, why, and how the hold is lifted. One line. People are named by their level: an id of Slack tells a terminal nothing. */
export function holdWords(
  incident: IncidentId,
  { service, reason, plan, approved, hold, latestAt }: RollbackState,
): string {
  const name = hold?.name ?? plan?.from.name ?? 'this version'
  const by = approved
    ? `Countermand, since the ${roleName(approved.as)} approved at ${clock(approved.at, latestAt)} that it is rolled back`
    : 'Countermand, since it was rolled back'
  return oneLine(
    `${name} of ${service} is held by ${by}${plan ? ` to ${plan.to.name}` : ''} (${shortened(reason)}). The hold is lifted on the card of the rollback in Slack (${incident}), or by: countermand lift-hold ${service} --reason …`,
  )
}
