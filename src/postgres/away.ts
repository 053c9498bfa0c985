/** The server is not reached, or lets nobody in; nothing is known of what is in it. Its message says what to look at. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
  /** In the words of whoever refused. */
  readonly why: string

  constructor(cause: unknown) {
    // An address that stands for several machines fails with a list of failures and no words of its own.
    const first = cause instanceof AggregateError ? cause.errors[0] : cause
    const why = first instanceof Error && first.message !== '' ? first.message : 'no answer'
    super(
      `The database cannot be used: ${why}. See that it runs, that this machine reaches it, and that user, password and name in DATABASE_URL are right.`,
      { cause },
    )
    this.why = why
  }
}
