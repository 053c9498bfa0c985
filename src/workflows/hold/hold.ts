import { holdWords } from '#domain/communication/hold-words.ts'
import type { IncidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Hold } from '#domain/rollback/hold.ts'
import { type HoldMove, holdMoves } from '#domain/rollback/hold-moves.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotHold } from '#ports/holder.ts'
import { messageOf, planned } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'
import { note } from './note.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'scrub'>

/** How long the platform may take for one move. */
const deadlineMs = 8_000

/**
 * Has the platform refuse what is held, and let go what is held no longer, as the record asks for. Safe to repeat; throws when
 * something is to be tried again soon.
 */
export async function reconcileHolds(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const faults = new Map<string, { readonly move: HoldMove; readonly error: unknown }>()
  while (!signal.aborted) {
    const moves = holdMoves(await ports.timeline.read(incident))
    const move = moves.find((one) => !faults.has(keyOf(one)))
    if (!move) break
    try {
      await carryOut(ports, incident, move, signal)
    } catch (error) {
      faults.set(keyOf(move), { move, error })
      await noteFault(ports, incident, move, error)
    }
  }
  const again = [...faults.values()].find(({ move, error }) => !isFinal(move, error))
  if (again) throw again.error
}

const keyOf = (move: HoldMove): string => `${move.do} ${move.rollback.id}`
/** What cannot be refused is said and left; what is refused is let go however long it takes. */
const isFinal = (move: HoldMove, error: unknown): boolean =>
  move.do === 'enforce' && (error instanceof NotAllowed || error instanceof CannotHold)

async function carryOut(
  ports: Ports,
  incident: IncidentId,
  move: HoldMove,
  signal: AbortSignal,
): Promise<void> {
  const { rollback: state } = move
  const { id: rollback } = state
  const { plan, executor } = planned(ports, state)
  const { holder } = executor
  if (!holder) throw new CannotHold('its platform cannot refuse a version any more')
  const abort = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  if (move.do === 'release') {
    await holder.release(plan.target, rollback, abort)
    return noteHold(ports, incident, move, (hold) =>
      hold.released ? undefined : { kind: 'hold_released', rollback },
    )
  }
  // Written before it is done, so that what may be refused somewhere is never forgotten.
  if (!state.hold?.begun)
    return noteHold(ports, incident, move, (hold) =>
      hold.begun ? undefined : { kind: 'hold_begun', rollback },
    )
  const words = ports.scrub(holdWords(incident, state))
  const order = { rollback, held: plan.from, instead: plan.to, words }
  const by = await holder.enforce(plan.target, order, abort)
  return noteHold(ports, incident, move, (hold) =>
    // Lifted meanwhile: it is let go at the next look.
    hold.refusedBy || hold.lifted ? undefined : { kind: 'hold_enforced', rollback, by },
  )
}

/** Once for each reason: what is tried again every few seconds is not told every few seconds. */
async function noteFault(
  ports: Ports,
  incident: IncidentId,
  move: HoldMove,
  error: unknown,
): Promise<void> {
  const fault = { doing: move.do, why: messageOf(error), isFinal: isFinal(move, error) } as const
  await noteHold(ports, incident, move, ({ failure: last }) => {
    const isKnown = last?.doing === fault.doing && last.why === fault.why
    return isKnown && last.isFinal === fault.isFinal
      ? undefined
      : { kind: 'hold_failed', rollback: move.rollback.id, ...fault }
  })
}

const noteHold = (
  ports: Pick<Ports, 'timeline' | 'policy'>,
  incident: IncidentId,
  { rollback: { id } }: HoldMove,
  eventOf: (hold: Hold) => TimelineEvent | undefined,
): Promise<void> =>
  note(ports, incident, (history) => {
    const hold = rollbackState(history, id)?.hold
    return hold && eventOf(hold)
  })
