import type { IncidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { type LaterMove, laterMoves } from '#domain/rollback/later-moves.ts'
import { NotAllowed, Superseded } from '#ports/executor.ts'
import { makerOf, messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'
import { note } from './note.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors'>

/** Containers may take long to stop; what is still at it then is found at the next attempt. */
const deadlineMs = 180_000

/**
 * Carries out what follows a rollback a while later, such as stopping the slot that was left. What the platform refuses, or what
 * has changed since, is left as it is, and said. Safe to repeat; throws when something is to be tried again soon.
 */
export async function followLater(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const faults = new Map<string, unknown>()
  while (!signal.aborted) {
    const history = await ports.timeline.read(incident)
    const moves = laterMoves(history, await ports.timeline.now(), ports.policy.rollback)
    const move = moves.find((one) => !faults.has(keyOf(one)))
    if (!move) break
    const of = { rollback: move.rollback.id, step: move.index } as const
    try {
      await makerOf(ports, move.rollback, move.step).apply(
        move.later.change,
        `${move.rollback.id}.${move.index}.later`,
        AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      )
      await noteMove(ports, incident, move, { kind: 'later_done', ...of })
    } catch (error) {
      if (signal.aborted) throw error
      if (!(error instanceof NotAllowed) && !(error instanceof Superseded)) {
        faults.set(keyOf(move), error)
        continue
      }
      await noteMove(ports, incident, move, { kind: 'later_left', ...of, why: messageOf(error) })
    }
  }
  const [again] = faults.values()
  if (again !== undefined) throw again
}

const keyOf = ({ rollback, index }: LaterMove): string => `${rollback.id} ${index}`

const noteMove = (
  ports: Ports,
  incident: IncidentId,
  move: LaterMove,
  event: TimelineEvent,
): Promise<void> =>
  note(ports, incident, (history, now) => {
    const moves = laterMoves(history, now, ports.policy.rollback)
    // Somebody else did it, or it is being taken back meanwhile.
    return moves.some((one) => keyOf(one) === keyOf(move)) ? event : undefined
  })
