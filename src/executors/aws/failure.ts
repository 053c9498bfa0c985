import { NotAllowed } from '#ports/executor.ts'

/** AWS answered, and it was no. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal'
  /** AWS's own name for it, such as `ServiceNotFoundException`. */
  readonly fault: string
  constructor(fault: string, message: string, options: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}

/** No answer came, or one that tells of a trouble that passes. Whether a change was made is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export const isFault = (error: unknown, ...faults: readonly string[]): error is AwsRefusal =>
  error instanceof AwsRefusal && faults.includes(error.fault)

export interface AwsService {
  /** `ECS`, as people say it. */
  readonly title: string
  /** `ecs`, as a policy does. */
  readonly prefix: string
}

interface Asked {
  readonly service: AwsService
  /** `UpdateService`. */
  readonly action: string
  /** `service prod/checkout`, as people say it. */
  readonly on: string
  readonly region: string
  readonly timeoutMs: number
}

/** What the SDK threw, in a sentence that says what to do. */
export function failureOf(
  error: unknown,
  { service: { title, prefix }, action, on, region, timeoutMs }: Asked,
): Error {
  const options = { cause: error }
  const { name, message, status } = seenIn(error)
  if (/^(AccessDenied|UnauthorizedOperation)/.test(name))
    return new NotAllowed(
      'call',
      `${missingIn(message) ?? `${prefix}:${action}`} on ${on}`,
      options,
    )
  if (message === 'Region is missing')
    return new NoAnswer(
      `${title} cannot be asked: no region is named; give the target one, or set AWS_REGION`,
      options,
    )
  if (name === 'CredentialsProviderError')
    return new NoAnswer(`${title} cannot be asked: there are no credentials of AWS here`, options)
  if (/^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature)/.test(name))
    return new NoAnswer(
      `${title} in ${region} cannot be asked: the credentials are not known there, or have expired`,
      options,
    )
  if (name === 'ConflictException' || /^(Throttling|TooManyRequests)/.test(name) || status >= 429)
    return new NoAnswer(`${title} in ${region} answers ${name}: ${message}`, options)
  if (status >= 400) return new AwsRefusal(name, message, options)
  const why =
    name === 'TimeoutError' || name === 'AbortError'
      ? `no answer within ${timeoutMs / 1_000} s`
      : message
  return new NoAnswer(`${title} in ${region} cannot be reached: ${why}`, options)
}

/** The right that AWS names itself: to register a task definition takes one to pass its roles. */
const missingIn = (message: string): string | undefined =>
  /not authorized to perform: ([a-z-]+:\w+)/.exec(message)?.[1]

function seenIn(error: unknown): { name: string; message: string; status: number } {
  if (!(error instanceof Error)) return { name: '', message: String(error), status: 0 }
  const { name, message } = error
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode)
      : 0
  return { name, message, status: Number.isFinite(status) ? status : 0 }
}
