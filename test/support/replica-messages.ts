import type { Boundary, Verdict } from './replica-boundaries.ts'

/** What a watched replica tells its parent. */
export type Told =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'reached'; readonly id: number; readonly boundary: Boundary }
  | { readonly kind: 'dying'; readonly boundary: Boundary }
  | { readonly kind: 'touched'; readonly work: string; readonly tenure: string }
  | { readonly kind: 'done'; readonly boundary: Boundary }

/** The parent's answer to what was reached. */
export interface Word {
  readonly to: number
  readonly verdict: Verdict
}
