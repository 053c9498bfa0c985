import type { TestItem } from './items.ts'
import { type Ladder, ladders } from './ladder.ts'

/** How the canaries of a service go forward. */
export interface PromotionSettings {
  readonly ladder: Ladder
  /** Goes on by itself where a gate is passed and nothing else asks for a person (policy §6). */
  readonly isAutomatic: boolean
  readonly requesterMayApprove: boolean
  /** Payment and authentication always need a person (policy §6). */
  readonly handles: 'payment' | 'auth' | undefined
  /** Tests that must have passed for this canary before its first step. */
  readonly tests: readonly TestItem[]
}

/** Where a service says nothing of its own. */
export const usualPromotion: PromotionSettings = {
  ladder: ladders.default,
  isAutomatic: false,
  requesterMayApprove: false,
  handles: undefined,
  tests: [],
}
