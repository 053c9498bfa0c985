import { NotAllowed } from '#ports/executor.ts'
import { NoAnswer, Refused } from '#executors/region/provider.ts'

interface Asked {
  /** Azure's own name for the right: `Microsoft.Network/trafficManagerProfiles/read`. */
  readonly right: string
  readonly on: string
  readonly timeoutMs: number
}

export const isMissing = (error: unknown): boolean => seenIn(error).status === 404

/** What the SDK threw, in a sentence that says what to do. */
export function failureOf(error: unknown, { right, on, timeoutMs }: Asked): Error {
  const options = { cause: error }
  const { name, code, message, status } = seenIn(error)
  if (status === 403) return new NotAllowed('use', `${right} on ${on}`, options)
  if (status === 401 || /Credential|AuthenticationRequired/.test(name))
    return new NoAnswer(
      'Azure cannot be asked: there are no credentials of Azure here, or they have expired',
      options,
    )
  // Another change is under way, too much was asked, or Azure is in trouble: a moment later it may be a yes.
  if (status === 409 || status === 412 || status === 429 || status >= 500)
    return new NoAnswer(`Azure answers ${code || status} for ${on}: ${message}`, options)
  if (status >= 400) return new Refused(message, options)
  const why =
    name === 'AbortError' || name === 'TimeoutError'
      ? `no answer within ${timeoutMs / 1_000} s`
      : message
  return new NoAnswer(`Azure cannot be reached: ${why}`, options)
}

function seenIn(error: unknown): {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly status: number
} {
  if (!(error instanceof Error)) return { name: '', code: '', message: String(error), status: 0 }
  const status = 'statusCode' in error ? Number(error.statusCode) : 0
  const code = 'code' in error ? String(error.code) : ''
  return {
    name: error.name,
    code,
    message: error.message,
    status: Number.isFinite(status) ? status : 0,
  }
}
