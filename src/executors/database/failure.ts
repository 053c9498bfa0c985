/** It did not answer, or not so that anything could be known. Whether a change was made is to be looked up. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** PostgreSQL's own five letters, or the system's word. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
