/** Whoever is asked says when to come again. Nothing has failed, and nothing was done. */
export class NotYet extends Error {
  override readonly name: string = 'NotYet'
  readonly afterMs: number
  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}
