/** What to do. `inconclusive` and `watch` are full answers: nothing is called good for want of data. */
export type Advice =
  | 'roll_back'
  | 'roll_back_canary'
  | 'fix_forward'
  /** Something suffers, and going back would not cure it. */
  | 'look_elsewhere'
  /** Nothing that is known is wrong. */
  | 'watch'
  | 'inconclusive'
