import type { History } from '#domain/incident/events.ts'
import { moveOf } from '#domain/rollback/attention.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { StaleSequence } from '#ports/store.ts'
import type { Turn } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'
import { callHigher } from './call-higher.ts'
import { noteBudget } from './note-budget.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'clock'>

/** How often it is looked whether somebody decided something. */
const lookEveryMs = 500

/**
 * Does `work` for as long as the record asks for it. A change may take an hour: meanwhile people are called and budgets noted, and
 * when somebody decides otherwise, `work` is broken off as it is when this process ends, and `StaleSequence` is thrown. Whoever
 * makes the next change finds how far it came. Answers with the history as it then is.
 */
export async function whileUnchanged<Value>(
  ports: Ports,
  turn: Turn,
  work: (signal: AbortSignal) => Promise<Value>,
  signal: AbortSignal,
): Promise<{ readonly value: Value; readonly history: History }> {
  const stop = new AbortController()
  const done = work(AbortSignal.any([signal, stop.signal])).then((value) => ({ value }))
  // Whoever waits for it next hears of its fault.
  done.catch(() => undefined)
  let { history } = turn
  try {
    for (;;) {
      const pause = ports.clock.pause(lookEveryMs, AbortSignal.any([signal, stop.signal]))
      const ended = await Promise.race([done, pause])
      if (ended !== undefined || signal.aborted) return { ...(await done), history }
      const seen = await lookedAt(ports, { ...turn, history }).catch(() => history)
      if (seen === 'changed') break
      history = seen
    }
  } finally {
    stop.abort()
  }
  await done.catch(() => undefined)
  throw new StaleSequence('somebody decided otherwise meanwhile')
}

/** The record as it is by now, with what time alone asks for; or that something else is to be done. One that cannot be read asks for nothing. */
async function lookedAt(ports: Ports, turn: Turn): Promise<History | 'changed'> {
  const { timeline, policy } = ports
  const { incident, move } = turn
  const history = await timeline.read(incident)
  const now = await timeline.now()
  const rollback = rollbackState(history, turn.rollback.id)
  const next = rollback && moveOf(history, rollback, now, policy)
  const isSame =
    next?.kind === move.kind &&
    'index' in next &&
    'index' in move &&
    next.index === move.index &&
    (rollback?.collapsed === undefined) === (turn.rollback.collapsed === undefined) &&
    rollback?.left.length === turn.rollback.left.length
  if (!rollback || !isSame) return 'changed'
  if (await callHigher(ports, incident, history, now)) return timeline.read(incident)
  return noteBudget(ports, { ...turn, rollback, history, now })
}
