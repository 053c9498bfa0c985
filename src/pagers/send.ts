import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { whyNoAnswer } from '#no-answer.ts'
import { type PinnedAnswer, pinnedRequest } from '#pinned-request.ts'
import type { Finding } from '#ports/finding.ts'
import { PagerBusy, PageRefused } from '#ports/pager.ts'

export interface Reached {
  readonly timeoutMs?: number | undefined
  readonly resolve?: Resolve | undefined
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>
  readonly json: object
}

const answerLimit = 64 * 1024
/** Where whoever is busy does not say for how long, and the longest that is waited at once. */
const usualPauseMs = 5_000
const longestPauseMs = 60_000

/** Asks once, at the addresses that were checked. Throws a plain error, in words without address or key, when no answer came. */
export async function asked(
  url: URL,
  { headers = {}, json }: Sending,
  { timeoutMs = 5_000, resolve = resolveAll }: Reached,
  abort: AbortSignal,
): Promise<PinnedAnswer> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
  try {
    const addresses = await addressesOf(url.hostname, resolve, signal)
    return await pinnedRequest(url, addresses, {
      signal,
      limit: answerLimit,
      json: JSON.stringify(json),
      headers: { accept: 'application/json', ...headers },
    })
  } catch (error) {
    const why =
      error instanceof NotToBeAsked
        ? error.message
        : whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs)
    throw new Error(`did not answer: ${why}`, { cause: error })
  }
}

/** The same, and taken: anything else than a 2xx is thrown as what it means for whoever might try again. */
export async function sent(...given: Parameters<typeof asked>): Promise<void> {
  const answer = await asked(...given)
  const { status, retryAfter } = answer
  if (status >= 200 && status < 300) return
  if (status === 429 || (status === 503 && retryAfter !== undefined))
    throw new PagerBusy(`answered ${status}: it has too much to do`, pauseOf(retryAfter))
  if (status >= 500 || status === 408) throw new Error(`answered ${status}`)
  throw new PageRefused(`answered ${status}: ${refusals[status] ?? 'it was not understood'}`)
}

/** Seconds, as these pagers give it; a date is no answer that could be trusted to a clock of ours. */
function pauseOf(retryAfter: string | undefined): number {
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter)
  return Number.isFinite(seconds) && seconds > 0
    ? Math.min(seconds * 1_000, longestPauseMs)
    : usualPauseMs
}

const refusals: Readonly<Record<number, string>> = {
  400: 'the key, or what was sent, is not valid there',
  401: 'the key is not known there',
  403: 'the key may not do this',
  404: 'nothing is there under this address',
  422: 'the key, or what was sent, is not valid there',
}

/** What the doctor learns from an empty event, which goes to nobody. Never throws. */
export async function examined(
  name: string,
  url: URL,
  sending: Omit<Sending, 'json'>,
  reached: Reached,
  signal: AbortSignal,
  findingOf: (status: number) => Finding,
): Promise<Finding> {
  try {
    const { status } = await asked(url, { ...sending, json: {} }, reached, signal)
    return findingOf(status)
  } catch (error) {
    return {
      result: 'wrong',
      text: `${name} ${error instanceof Error ? error.message : String(error)}`,
      remedy: `let this machine reach ${url.host}`,
    }
  }
}

/** At most so many characters, with a sign that it was cut, and none cut in half. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
