/** In which unit people write and read a number: a share as percent, a length as minutes. */
export type LimitUnit = 'percent' | 'times' | 'minutes' | 'seconds' | 'count'

/** A number of the policy that a team may set. */
export interface Limit {
  readonly says: string
  readonly unit: LimitUnit
  readonly path: readonly string[]
}
