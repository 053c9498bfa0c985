import { clock } from '#domain/communication/words.ts'
import type { Blocker, Planned, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'
import { chosenWay, reasonOf } from './chosen-way.ts'
import { flagOffers, flagPlan } from './flag-plan.ts'
import { type LinkedFlags, linkedFlags } from './linked-flags.ts'
import type { Made, Planning, PlanResult, Wish } from './make-plan.ts'
import { digestOf } from './plan-digest.ts'

/** Where nothing else is open, a flag may be. */
export function withFlagsAlone(
  wish: Wish,
  running: Revision,
  made: Extract<Planned, { kind: 'blocked' }>,
  flags: LinkedFlags,
): Made | Extract<Planned, { kind: 'blocked' }> {
  const way = chosenWay(wish, flagOffers(wish, flags))
  if (!way) return made
  const plan = flagPlan(wish, { running }, way, flags.kept)
  const closed = made.blockers.map(
    (blocker): Warning => ({
      kind: 'platform',
      text: `no other way is open: ${reasonOf(blocker)}`,
    }),
  )
  return { kind: 'planned', plan: { ...plan, warnings: [...plan.warnings, ...closed] } }
}

/** The fastest way is on another platform: it is open while this one is away, for the version that was last seen to run. */
export async function flagsWhileAway(
  planning: Planning,
  wish: Wish,
  target: Target,
  blocker: Blocker,
  signal: AbortSignal,
): Promise<PlanResult> {
  const closed = { kind: 'blocked', blockers: [blocker], candidates: [] } as const
  if (!wish.service.flags?.length) return closed
  const known = await planning.revisions.known(target.workload)
  const last = known.find(({ running }) => running)
  if (!last) return closed
  const running: Revision = {
    id: last.revision,
    name: last.name,
    images: [],
    since: last.firstSeen,
    orEarlier: true,
  }
  const made = withFlagsAlone(
    wish,
    running,
    closed,
    await linkedFlags(planning, wish, running, signal),
  )
  if (made.kind === 'blocked') return made
  const text = `${last.name} is what ran when it was last looked at, at ${clock(last.lastSeen, wish.now)}`
  const warnings: readonly Warning[] = [...made.plan.warnings, { kind: 'platform', text }]
  const plan = { ...made.plan, warnings }
  return { kind: 'planned', plan, digest: digestOf(plan), considered: [] }
}
