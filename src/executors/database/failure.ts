import { NeedsPerson } from '#ports/executor.ts'
import type { Ran } from './run.ts'

/** It did not answer, or not so that anything could be known. Whether a change was made is to be looked up. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** PostgreSQL's own five letters, or the system's word. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** In the words of libpq, of Go's network and drivers, and of a server that comes and goes. */
const away =
  /could not connect|connection to server .* failed|(connection|server) (was )?(lost|refused|reset|closed)|closed the connection|bad connection|connection has been closed|terminating connection|unexpected EOF|broken pipe|i\/o timeout|no such host|could not translate host|database system is (starting|shutting|in recovery)|too many clients|connection slots|can't acquire database lock/i

/** A tool that was ended from outside, or did not reach the database, has not answered. Anything else that it says is its answer. */
export const answered = ({ code, said }: Ran, message: string): Error =>
  code === null || away.test(said) ? new NoAnswer(message) : new NeedsPerson(message)
