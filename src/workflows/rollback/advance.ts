import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { idleAt, moveOf } from '#domain/rollback/attention.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { StaleSequence } from '#ports/store.ts'
import { begin } from './begin.ts'
import { callHigher } from './call-higher.ts'
import { complete } from './complete.ts'
import { endCountdown } from './end-countdown.ts'
import { escalate, expire, remind } from './deadlines.ts'
import { leaveFormer } from './leave-former.ts'
import { planAnew } from '#workflows/planning/plan-anew.ts'
import { changeOf } from '#workflows/record.ts'
import { clearLeftover, removeLeftover } from '#workflows/remove-leftover.ts'
import { leftByRollback } from './leftover.ts'
import { settleStep } from './settle-step.ts'
import { shareStart } from '#workflows/incident/share-start.ts'
import { applyStep, undoStep } from './steps.ts'
import { leave, takeTurn } from './take-turn.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'
import type { Turn } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/**
 * Carries every rollback of an incident as far as it can go, then says when to look again. Call it again after a crash and it
 * carries on; two at once do no harm, because only one of them can write the next event.
 */
export async function advance(
  world: World,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const looked = new Set<string>()
  const state = incidentState(await world.timeline.read(incident))
  if (state) await shareStart(world, state)
  while (!signal.aborted) {
    const history = await world.timeline.read(incident)
    const now = await world.timeline.now()
    const turn = nextTurn(world, incident, history, now, looked)
    try {
      if (await leaveFormer(world, incident, history, now)) continue
      if (!turn && (await callHigher(world, incident, history, now))) continue
      if (!turn) return await rest(world, incident, history, now)
      await carryOut(world, turn, signal)
      // What was seen while somebody else wrote is not on the record, and looked at again.
      if (isLook(turn.move)) looked.add(lookOf(turn.rollback.id, turn.move))
    } catch (error) {
      if (!(error instanceof StaleSequence)) throw error
    }
  }
}

/** Verifying, watching, waiting for a turn and for what is in the way of a leftover are one look each time; everything else goes on until it waits. */
const isLook = ({ kind }: Move): boolean =>
  kind === 'verify' || kind === 'watch' || kind === 'take-turn' || kind === 'clear'

/** A watch that has just ended is no reason to wait with what was left behind. */
const lookOf = (id: string, { kind }: Move): string => (kind === 'clear' ? `${id} ${kind}` : id)

function nextTurn(
  world: World,
  incident: IncidentId,
  history: History,
  now: Instant,
  looked: ReadonlySet<string>,
): Turn | undefined {
  const state = incidentState(history)
  if (!state) return undefined
  for (const rollback of rollbacksOf(history)) {
    const move = moveOf(history, rollback, now, world.policy)
    if (move.kind === 'wait' || (isLook(move) && looked.has(lookOf(rollback.id, move)))) continue
    return { incident, state, history, now, rollback, move }
  }
  return undefined
}

async function carryOut(world: World, turn: Turn, signal: AbortSignal): Promise<void> {
  const { move } = turn
  switch (move.kind) {
    case 'plan':
      return planAnew(world, turn, signal)
    case 'begin':
      return begin(world, turn, signal)
    case 'apply':
      return applyStep(world, turn, move, signal)
    case 'settle':
    case 'settle-undo':
      return settleStep(world, turn, move, signal)
    case 'undo':
      return undoStep(world, turn, move, signal)
    case 'complete':
      return complete(world, turn)
    case 'verify':
      return verify(world, turn, signal)
    case 'watch':
      return watch(world, turn, signal)
    case 'clear':
      return clearLeftover(world, leftByRollback(world, turn, move.leftover))
    case 'remove':
      return removeLeftover(world, leftByRollback(world, turn, move.leftover), signal)
    case 'take-turn':
      return takeTurn(world, turn, move, signal)
    case 'leave':
      return leave(world, turn, move.why)
    case 'end-countdown':
      return endCountdown(world, turn)
    case 'expire':
      return expire(world, turn, move.what)
    case 'escalate':
      return escalate(world, turn)
    case 'remind':
      return remind(world, turn)
    case 'wait':
      return undefined
  }
}

/** Nothing to do now: close a quiet incident, or note when to look again. */
async function rest(
  world: World,
  incident: IncidentId,
  history: History,
  now: Instant,
): Promise<void> {
  if (history.length === 0) return
  const { timeline, policy } = world
  const quietSince = idleAt(history, rollbacksOf(history), policy)
  const closes =
    incidentState(history)?.closed === undefined && quietSince !== undefined && quietSince <= now
  const events = closes
    ? [{ kind: 'incident_closed', by: 'countermand', because: 'quiet' } as const]
    : []
  await timeline.append(incident, history.length, changeOf(events, { history, now, policy }))
}
