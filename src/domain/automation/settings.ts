import { type Micros, minutes } from '#domain/time.ts'
import type { Trigger } from './triggers.ts'

/** What a service allows to happen by itself. A service without any is never rolled back by itself. */
export interface AutomationSettings {
  /** `dry-run`: says what it would have done, and does nothing. */
  readonly mode: 'off' | 'dry-run' | 'on'
  /** How long people have to stop it. */
  readonly countdownMicros: Micros
  /** Those that may act. */
  readonly triggers: readonly Trigger[]
  /** They act only when each of them fires, for longer than `togetherFor`; otherwise any of them does. */
  readonly combine?: 'all'
}

/** Policy §4, combining. */
export const togetherFor = minutes(10)
