import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'

/** What a controller that moves traffic by itself says of the newest version of a target. */
export type Delivered =
  /** None has it in hand. */
  | { readonly kind: 'none' }
  /** Nobody knows whether one has: that is neither well nor ill. */
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'told'
      /** As people call it: `Flagger`. */
      readonly by: string
      /** Its own name for what it has in hand. */
      readonly name: string
      /** It has taken traffic back from that version. */
      readonly isFailed: boolean
      readonly phase: string
      /** In its own words, where it has any. */
      readonly why: string | undefined
      readonly since: Instant
      /** Where anybody can look it up. */
      readonly asked: string
    }

/** Controllers beside us that roll out, and back, by themselves. */
export interface Delivery {
  /** Reads only; never throws, bounded by `signal`. */
  look(target: Target, signal: AbortSignal): Promise<Delivered>
}
