import { setTimeout as sleep } from 'node:timers/promises'
import { NotAllowed } from '#ports/executor.ts'
import { AwsRefusal, NoAnswer } from './failure.ts'

/** Answers that were lost, and refusals for a moment: looked at and tried again this often. */
const attempts = 6
const usualRetryMs = 200

interface Change<Move> {
  /** Of what it is, as people say it. */
  readonly on: string
  /** What is left to do, by what became of the attempt before; `undefined` when nothing is. */
  readonly look: () => Promise<Move | undefined>
  readonly make: (move: Move) => Promise<void>
  /** Before another attempt; longer each time. */
  readonly retryMs: number | undefined
  /** Something moved between the look and the change: the next look says what. */
  readonly isPassing: (refusal: AwsRefusal, move: Move) => boolean
}

/** Makes a change for which AWS knows no token: every attempt begins with a look. A clear no is thrown as `NotAllowed`. */
export async function untilMade<Move>(
  { on, look, make, isPassing, retryMs = usualRetryMs }: Change<Move>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const move = await look()
    if (move === undefined) return
    try {
      await make(move)
      return
    } catch (error) {
      // A clear no made no change and will not become a yes.
      if (error instanceof AwsRefusal && !isPassing(error, move))
        throw new NotAllowed('change', on, { why: error.message, cause: error })
      if (!(error instanceof NoAnswer) && !(error instanceof AwsRefusal)) throw error
      if (attempt >= attempts) throw error
      await sleep(retryMs * attempt, undefined, { signal })
    }
  }
}
