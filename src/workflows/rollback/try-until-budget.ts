import { between, type Instant } from '#domain/time.ts'
import { LeftHalfway, NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** Between attempts while a platform does not answer. */
const retryEveryMs = 1_000

/** Why a change was not made, or perhaps was. */
export interface NotMade {
  readonly message: string
  readonly changed: 'nothing' | 'maybe'
  readonly superseded: boolean
  /** Production stands between two states until somebody has mended it. */
  readonly left?: 'halfway'
}

/** A platform that is away is asked again until the budget is spent; a refusal, and what needs a person, is an answer at once. */
export async function tryUntilBudget(
  { timeline, clock }: Pick<World, 'timeline' | 'clock'>,
  { now, budget }: { readonly now: Instant; readonly budget: number },
  attempt: () => Promise<void>,
  signal: AbortSignal,
): Promise<NotMade | undefined> {
  for (;;) {
    try {
      await attempt()
      return undefined
    } catch (error) {
      if (signal.aborted) throw error
      const superseded = error instanceof Superseded
      if (superseded || error instanceof NotAllowed)
        return { message: messageOf(error), changed: 'nothing', superseded }
      if (error instanceof NeedsPerson)
        return {
          message: messageOf(error),
          changed: 'maybe',
          superseded: false,
          ...(error instanceof LeftHalfway ? { left: 'halfway' as const } : {}),
        }
      if (between(now, await timeline.now()) >= budget)
        return { message: messageOf(error), changed: 'maybe', superseded: false }
      await clock.pause(retryEveryMs, signal)
    }
  }
}

/** For the record, where it is so. */
export const leftOf = ({ left }: Pick<NotMade, 'left'>): Pick<NotMade, 'left'> =>
  left === undefined ? {} : { left }
