import type { IncidentId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { between, type Instant, millis, seconds } from '#domain/time.ts'
import type { Progress } from '#ports/executor.ts'
import type { World } from '#workflows/world.ts'

/** How often a settling step looks whether somebody decided something. */
const lookEveryMs = 500

export interface Followed {
  readonly history: History
  readonly now: Instant
}

interface Following<Turn extends Followed> {
  readonly stream: IncidentId
  progress(signal: AbortSignal): AsyncIterable<Progress>
  /** What is said beside it ends nothing; anything else does. */
  isBeside(recorded: Recorded): boolean
  /** Writes down what was seen, and returns the longer history. */
  note(turn: Turn, seen: Progress): Promise<History>
  /** After each look: what time alone asks for. The longer history, or `given up`. */
  afterLook(turn: Turn): Promise<History | 'given up'>
}

/** Follows a change, or its undo, until it is out, has failed, or somebody decided otherwise (their event makes ours stale). */
export async function followStep<Turn extends Followed>(
  ports: Pick<World, 'timeline' | 'clock'>,
  first: Turn,
  following: Following<Turn>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  try {
    await follow(ports, first, following, AbortSignal.any([signal, stop.signal]))
  } finally {
    stop.abort()
  }
}

async function follow<Turn extends Followed>(
  { timeline, clock }: Pick<World, 'timeline' | 'clock'>,
  first: Turn,
  { stream, progress, isBeside, note, afterLook }: Following<Turn>,
  signal: AbortSignal,
): Promise<void> {
  let turn = first
  const looks = progress(signal)[Symbol.asyncIterator]()
  let next = nextLook(looks)
  let readAt = turn.now
  while (!signal.aborted) {
    const seen = await Promise.race([next, clock.pause(lookEveryMs, signal)])
    const now = await timeline.now()
    // However fast the platform reports: somebody's decision is noticed in time.
    if (seen === undefined || between(readAt, now) >= millis(lookEveryMs)) {
      const history = await timeline.read(stream)
      if (!history.slice(turn.history.length).every(isBeside)) return
      turn = { ...turn, history }
      readAt = now
    }
    // It ended without saying how: asked again, but not at once.
    if (seen?.done) return clock.pause(lookEveryMs, signal)
    turn = { ...turn, now }
    if (seen !== undefined) {
      turn = { ...turn, history: await note(turn, seen.value) }
      if (seen.value.kind !== 'moving') return
      next = nextLook(looks)
    }
    const history = await afterLook(turn)
    if (history === 'given up') return
    turn = { ...turn, history }
  }
}

/** A look that fails while nobody waits for it is no fault yet: whoever waits next hears of it. */
function nextLook(looks: AsyncIterator<Progress>): Promise<IteratorResult<Progress>> {
  const next = looks.next()
  next.catch(() => undefined)
  return next
}

/** The same again, or the next within a second: not worth a row. Why it does not move is, though it may change its words all the time. */
export function saysNothingNew(
  last: Pick<Extract<Progress, { kind: 'moving' }>, 'ready' | 'wanted' | 'note'> | undefined,
  since: number,
  { ready, wanted, note }: Extract<Progress, { kind: 'moving' }>,
): boolean {
  if (!last) return false
  if (last.ready !== ready || last.wanted !== wanted) return since < seconds(1)
  return last.note === note || (last.note !== '' && since < seconds(10))
}
