import { z } from 'zod'
import { NotAllowed } from '#ports/executor.ts'

const Status = z.object({
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).nullish(),
})

/** The API server answered, and it was no. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly code: number
  readonly reason: string | undefined
  readonly retryAfterMs: number | undefined
  constructor(code: number, body: string, retryAfter: string | undefined) {
    const status = parsed(body)
    super(status?.message ?? `the Kubernetes API answered ${code}`)
    this.code = code
    this.reason = status?.reason
    const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds ?? Number.NaN)
    this.retryAfterMs = Number.isFinite(seconds) ? Math.max(0, seconds) * 1_000 : undefined
  }
}

/** No answer came: the connection broke, or time ran out. Whether a change was made is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export const hasCode = (error: unknown, ...codes: readonly number[]): error is ApiFailure =>
  error instanceof ApiFailure && codes.includes(error.code)

/** Whether a change may have been made although an error came back. */
export const isUnknownOutcome = (error: unknown): boolean =>
  error instanceof NoAnswer || (error instanceof ApiFailure && error.code >= 500)

/**
 * A 403 is either the role's answer (`… cannot patch resource "deployments" …`) or an admission rule's, which carries
 * that rule's own words. Only the first is a missing right.
 */
export function asNotAllowed(error: unknown): NotAllowed | undefined {
  if (!hasCode(error, 403)) return undefined
  const [, verb, resource] = /cannot (\w+) resource "([^"]+)"/.exec(error.message) ?? []
  return verb && resource ? new NotAllowed(verb, resource, { cause: error }) : undefined
}

/** A sentence for what kept a request from being answered; TLS faults say what to repair. */
export function noAnswer(server: string, error: unknown): NoAnswer {
  const code = codeOf(error)
  const why = tlsFaults[code] ?? networkFaults[code] ?? (code || String(error))
  return new NoAnswer(`${server} cannot be reached: ${why}`, { cause: error })
}

const tlsFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired; renew it on the API server',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name; correct the server address or tls-server-name in the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is not signed by the kubeconfig's CA; correct certificate-authority",
  SELF_SIGNED_CERT_IN_CHAIN:
    "its certificate is not signed by the kubeconfig's CA; correct certificate-authority",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "its certificate is not signed by the kubeconfig's CA; correct certificate-authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is not signed by the kubeconfig's CA; correct certificate-authority",
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; correct the server address',
}
const networkFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve',
  TimeoutError: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
}

/** Fetch hides the reason in a chain of causes. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause) || (error.name === 'TimeoutError' ? error.name : '')
}

function parsed(body: string): z.infer<typeof Status> | undefined {
  try {
    return Status.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}
