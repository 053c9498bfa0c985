/** A journal that is not as it was written, or that somebody else holds; the message says what to do. */
export class BadJournal extends Error {
  override readonly name = 'BadJournal'
}

/** The disk did not take an entry: it does not count. The message says what to do. */
export class NotWritten extends Error {
  override readonly name = 'NotWritten'
  /** Nothing more is written by this process. */
  readonly isFinal: boolean

  constructor(message: string, { isFinal, cause }: { isFinal: boolean; cause: unknown }) {
    super(message, { cause })
    this.isFinal = isFinal
  }
}
