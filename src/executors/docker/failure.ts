import { NotAllowed } from '#ports/executor.ts'

/** No answer came, or one that tells of a trouble that passes. Whether a change was made is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Docker answered, or its command did, and it was no. */
export class DockerRefusal extends Error {
  override readonly name = 'DockerRefusal'
}

/** Why no connection was made, in a sentence that says what to do. */
export function unreachable(where: string, error: unknown): Error {
  const options = { cause: error }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EACCES' || code === 'EPERM')
    return new NotAllowed('open', where, {
      ...options,
      why: 'this process is not in the group that owns it',
    })
  const why = error instanceof Error ? error.message : String(error)
  return new NoAnswer(`Docker at ${where} cannot be reached: ${why}`, options)
}

/** What an answer that is no success means; 404 is for whoever asked to judge. */
export function refusalOf(where: string, path: string, status: number, message: string): Error {
  if (status === 401 || status === 403)
    return new NotAllowed('read', `${path} of Docker at ${where}`, {
      why: 'whatever stands before the socket refuses it',
    })
  if (status === 409 || status === 429 || status >= 500)
    return new NoAnswer(`Docker at ${where} answers ${status}: ${message}`)
  return new DockerRefusal(`Docker at ${where} answers ${status}: ${message}`)
}
