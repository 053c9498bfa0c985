/** What somebody who examines an installation is told about one thing. */
export interface Finding {
  /** `wrong`: something will not work. `note`: it works, and should be known. */
  readonly result: 'fine' | 'note' | 'wrong'
  readonly text: string
  /** What to do about it. */
  readonly remedy?: string
  /** It may be found under several things, and is told under the first of them alone. */
  readonly isShared?: true
}
