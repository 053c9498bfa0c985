import { isMachine } from '#domain/alerts/alert.ts'
import type { WorkloadId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Target } from '#domain/service.ts'
import { type Instant, instant, micros, plus } from '#domain/time.ts'
import { type FreezeEnd, frozenServices } from './freeze.ts'
import { isOpen, type Phase } from './phase.ts'
import type { Pin } from './pin.ts'
import type { RollbackPolicy } from './policy.ts'
import { standingStill } from './standing-still.ts'
import { type RollbackState, rollbacksOf } from './state.ts'

/** What is to be done about the freezes of an incident, by the record, the clock and the policy alone. */
export type FreezeMove =
  | { readonly do: 'raise'; readonly rollback: RollbackState; readonly until: Instant }
  | { readonly do: 'lift'; readonly rollback: RollbackState; readonly because: FreezeEnd }

type Limits = Pick<RollbackPolicy, 'freezeMicros'>
type Wish =
  | { readonly isFrozen: true; readonly until: Instant }
  | { readonly isFrozen: false; readonly because: FreezeEnd }

/** Raising comes first: where one rollback takes a freeze over from another, deploys are open at no moment. */
export function freezeMoves(history: History, now: Instant, limits: Limits): readonly FreezeMove[] {
  const moves = wishesOf(history, now, limits).flatMap(
    ({ rollback, wish }) => moveTo(rollback, wish) ?? [],
  )
  return [
    ...moves.filter((move) => move.do === 'raise'),
    ...moves.filter((move) => move.do === 'lift'),
  ]
}

/** When a freeze next has to be prolonged or lifted; `undefined` when nothing will be due by time alone. */
export function freezeWake(history: History, now: Instant, limits: Limits): Instant | undefined {
  const times = wishesOf(history, now, limits).flatMap(({ rollback, wish }) => {
    if (!wish.isFrozen || moveTo(rollback, wish)) return []
    // A pin is prolonged by nobody.
    const isPinned = rollback.freeze.pinned?.until === wish.until
    return goesOn(rollback) && !isPinned ? prolongedFrom(wish.until, limits) : wish.until
  })
  const next = times.filter((time) => time > now)
  return next.length > 0 ? instant(Math.min(...next)) : undefined
}

function wishesOf(history: History, now: Instant, limits: Limits) {
  const isClosed = incidentState(history)?.closed !== undefined
  const openedByPeople = new Map<WorkloadId, Instant>()
  const frozenByLater = new Set<WorkloadId>()
  const changedByLater = new Set<WorkloadId>()
  // The newest first: what was decided on a later rollback of the same workload goes for the earlier ones, too.
  return rollbacksOf(history)
    .toReversed()
    .map((rollback) => {
      const { workload, phase, freeze, startedAt } = rollback
      const opened = openedByPeople.get(workload) ?? freeze.ordered?.at
      if (opened !== undefined) openedByPeople.set(workload, opened)
      const own: Wish =
        opened !== undefined
          ? { isFrozen: false, because: 'person' }
          : frozenByLater.has(workload)
            ? { isFrozen: false, because: 'taken_over' }
            : ownWish(rollback, isClosed, now, limits)
      // A pin outlives all that is asked for later, until something else is brought or somebody opens deploys.
      const isPinOver =
        gone.includes(phase) ||
        changedByLater.has(workload) ||
        (opened !== undefined && freeze.pinned !== undefined && opened >= freeze.pinned.at)
      const wish = freeze.pinned && !isPinOver ? withPin(freeze.pinned, own, now) : own
      if (wish.isFrozen) frozenByLater.add(workload)
      if (startedAt !== undefined) changedByLater.add(workload)
      return { rollback, wish }
    })
}

/** Phases in which what the rollback brought does not run. */
const gone: readonly Phase[] = ['superseded', 'undone', 'rejected', 'cancelled', 'expired']
/** Phases in which nothing of the rollback is left to protect. */
const over: readonly Phase[] = ['stable', ...gone]

/** While these go on the freeze is prolonged: it must not end in the middle of a rollback. */
const goesOn = (rollback: RollbackState): boolean =>
  isOpen(rollback) || rollback.phase === 'watching'

function ownWish(rollback: RollbackState, isClosed: boolean, now: Instant, limits: Limits): Wish {
  const { phase, plan, notBefore, startedAt, approved, requestedBy } = rollback
  const { asked, lifted } = rollback.freeze
  const isEnded =
    over.includes(phase) ||
    (isClosed && !isOpen(rollback)) ||
    (!plan?.freezes && standingStill(rollback).length === 0)
  // What is approved for tonight does not close the day for everybody.
  const isLater = notBefore !== null && startedAt === undefined
  // A machine may ask; it stops nobody's deploys before a person has approved.
  const isOnlyAsked = isMachine(requestedBy) && !approved && startedAt === undefined
  const isAnybody = frozenServices(rollback.service, plan).length > 0
  if (!isAnybody || isEnded || isLater || isOnlyAsked) return { isFrozen: false, because: 'ended' }

  const fresh = plus(now, limits.freezeMicros)
  // A new plan may stop other services than the one before.
  const isWholeIn = (scope: readonly Target[]): boolean =>
    standingStill(rollback).every(
      ({ freezes, target }) =>
        freezes !== true || scope.some(({ workload }) => workload === target.workload),
    )
  if (goesOn(rollback))
    return asked && !lifted && now < prolongedFrom(asked.until, limits) && isWholeIn(asked.scope)
      ? { isFrozen: true, until: asked.until }
      : { isFrozen: true, until: fresh }
  if (lifted?.because === 'expired' || (asked && now >= asked.until))
    return { isFrozen: false, because: 'expired' }
  return { isFrozen: true, until: asked && !lifted ? asked.until : fresh }
}

/** What a pin that is not over makes of it: frozen until its hour, also when the rollback is long stable and its incident closed. */
function withPin({ until }: Pin, own: Wish, now: Instant): Wish {
  if (now >= until) return own.isFrozen ? own : { isFrozen: false, because: 'expired' }
  return { isFrozen: true, until: own.isFrozen ? latest(own.until, until) : until }
}

const latest = (one: Instant, other: Instant): Instant => instant(Math.max(one, other))

/** A quarter of the time before it ends. */
const prolongedFrom = (until: Instant, { freezeMicros }: Limits): Instant =>
  plus(until, micros(-Math.round(freezeMicros / 4)))

function moveTo(rollback: RollbackState, wish: Wish): FreezeMove | undefined {
  const { asked, raised, lifted, wider } = rollback.freeze
  const stands = asked !== undefined && lifted === undefined
  if (!wish.isFrozen) return stands ? { do: 'lift', rollback, because: wish.because } : undefined
  const isWhole = raised?.isWide === true || !wider
  if (stands && raised?.until === wish.until && isWhole) return undefined
  return hasGivenUp(rollback) ? undefined : { do: 'raise', rollback, until: wish.until }
}

/** Without the right or the policy there is no use in trying; with a new plan or at the start somebody may have put it right. */
function hasGivenUp({ freeze, plannedAt, startedAt }: RollbackState): boolean {
  const { failure, pinned } = freeze
  if (failure?.doing !== 'raise' || !failure.isFinal) return false
  return Math.max(plannedAt ?? 0, startedAt ?? 0, pinned?.at ?? 0) <= failure.at
}
