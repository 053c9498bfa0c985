import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'

/** Slack's own word for why a call was refused, such as `channel_not_found`; `undefined` for every other failure. */
export const refusalOf = (error: unknown): string | undefined =>
  error instanceof WebAPIPlatformError ? error.data.error : undefined

export const isRefused = (error: unknown, ...codes: readonly string[]): boolean => {
  const code = refusalOf(error)
  return code !== undefined && codes.includes(code)
}

/** How long Slack asks us to leave it alone, in ms. */
export const retryAfterOf = (error: unknown): number | undefined =>
  error instanceof WebAPIRateLimitedError ? error.retryAfter * 1_000 : undefined

/** Refusals that pass: everything else Slack refuses is refused for good. */
const passing = [
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  // The token is being changed, or an administrator has taken the app away for now (threats T126, T127).
  'token_revoked',
  'token_expired',
  'invalid_auth',
  'account_inactive',
  'not_authed',
]

/** Slack is away or busy: the same thing may work later. */
export function isPassing(error: unknown): boolean {
  const code = refusalOf(error)
  if (code !== undefined) return passing.includes(code)
  return (
    error instanceof WebAPIRequestError ||
    error instanceof WebAPIHTTPError ||
    error instanceof WebAPIRateLimitedError
  )
}

/** Slack's words for a failure on its own side, which leave open what was done before it. */
const inconclusive = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']

/** Nobody knows whether it was done: the answer was lost, came too late, or says nothing about it. */
export const isOutcomeOpen = (error: unknown): boolean =>
  retryAfterOf(error) === undefined &&
  (refusalOf(error) === undefined || isRefused(error, ...inconclusive))

/** For counting: asked to come back later, refused in Slack's own words, or not answered. */
export function callOutcomeOf(error: unknown): 'limited' | 'refused' | 'failed' {
  if (retryAfterOf(error) !== undefined) return 'limited'
  return refusalOf(error) === undefined ? 'failed' : 'refused'
}

/** For the outbox and the log: short, without anything that was sent. */
export const whyOf = (error: unknown): string =>
  refusalOf(error) ?? (error instanceof Error ? `${error.name}: ${error.message}` : String(error))
