import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Sign } from './message.ts'

export interface AnswerContext {
  readonly now: Instant
  readonly sign: Sign
  /** Slack id of the incident's channel, for pointing there. */
  readonly channel?: string | undefined
  /** The name of the channel it is going to be, with `#`, while it has none yet. */
  readonly room?: string | undefined
  /** The rollback the answer is about, where it is known: for offering the new plan. */
  readonly rollback?: RollbackState | undefined
  /** The rollback command as it is called here. */
  readonly command?: string
  /** The promote command as it is called here. */
  readonly promote?: string
  /** The command that shows a promotion, where its card is not seen. */
  readonly promotionShown?: string
}
