import type { Held } from './held-by-process.ts'
import type { Boundary, Verdict } from './replica-boundaries.ts'

/** What a watched replica tells its parent. */
export type Told =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'reached'; readonly id: number; readonly boundary: Boundary }
  | { readonly kind: 'dying'; readonly boundary: Boundary }
  | { readonly kind: 'touched'; readonly work: string; readonly tenure: string }
  | { readonly kind: 'done'; readonly boundary: Boundary }
  | { readonly kind: 'holds'; readonly held: Held }

/** The parent's answer to what was reached; or it asks what the process holds on to. */
export type Word = { readonly to: number; readonly verdict: Verdict } | 'what do you hold?'
