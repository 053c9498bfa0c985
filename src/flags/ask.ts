import type { z } from 'zod'
import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { whyNoAnswer } from '#no-answer.ts'
import { NotAllowed } from '#ports/executor.ts'
import { Overtaken } from '#ports/flags.ts'
import { type PinnedAnswer, type PinnedRequest, pinnedRequest } from '#pinned-request.ts'

export interface Reached {
  readonly timeoutMs?: number | undefined
  readonly resolve?: Resolve | undefined
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: (() => void) | undefined
}

/** One question, or one change. */
export interface Asked extends Pick<PinnedRequest, 'headers' | 'method' | 'contentType'> {
  readonly url: URL
  /** As people call whoever is asked: `Unleash (shop)`. */
  readonly name: string
  /** For a refusal: `read`, `switch`. */
  readonly verb: string
  /** For a refusal: `flag new-checkout in production`. */
  readonly on: string
  readonly json?: object
}

const answerLimit = 1024 * 1024

/**
 * Asks once, at the addresses that were checked. `undefined` where there is no such thing. Throws `NotAllowed` for a refusal,
 * `Overtaken` for a conflict, and an error in plain words, without address or key, for anything else.
 */
export async function ask(
  asked: Asked,
  { timeoutMs = 5_000, resolve = resolveAll, beforeChange }: Reached,
  abort: AbortSignal,
): Promise<PinnedAnswer | undefined> {
  const { url, name, verb, on, json, ...more } = asked
  if (verb !== 'read') beforeChange?.()
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
  const answer = await pinned().catch((error: unknown) => {
    abort.throwIfAborted()
    const why =
      error instanceof NotToBeAsked
        ? error.message
        : whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs)
    throw new Error(`${name} did not answer: ${why}`, { cause: error })
  })
  const { status, text, isCut } = answer
  if (isCut) throw new Error(`${name} answered with more than 1 MB`)
  if (status >= 200 && status < 300) return answer
  if (status === 404) return undefined
  const why = refusals[status]
  if (why !== undefined)
    throw new NotAllowed(verb, on, {
      why: `${name} ${why}${status === 401 ? '' : said(text)}`,
    })
  if (status === 409 || status === 412)
    throw new Overtaken(`${name} answered ${status}: somebody changes it just now${said(text)}`)
  if (status === 429) throw new Error(`${name} answered 429: it is asked too often`)
  throw new Error(`${name} answered ${status}${said(text)}`)

  async function pinned(): Promise<PinnedAnswer> {
    const addresses = await addressesOf(url.hostname, resolve, signal)
    return pinnedRequest(url, addresses, {
      signal,
      limit: answerLimit,
      ...more,
      ...(json === undefined ? {} : { json: JSON.stringify(json) }),
      headers: { accept: 'application/json', ...more.headers },
    })
  }
}

/** The same, read by `as`. */
export async function askFor<Answer>(
  asked: Omit<Asked, 'verb' | 'json' | 'method'>,
  as: z.ZodType<Answer>,
  reached: Reached,
  abort: AbortSignal,
): Promise<(PinnedAnswer & { readonly data: Answer }) | undefined> {
  const answer = await ask({ ...asked, verb: 'read' }, reached, abort)
  if (answer === undefined) return undefined
  const read = as.safeParse(parsed(answer.text))
  if (!read.success) throw new Error(`${asked.name} answered with something that is not its format`)
  return { ...answer, data: read.data }
}

/** What will be refused again, however often it is asked. */
const refusals: Readonly<Record<number, string>> = {
  400: 'does not take this change',
  401: 'does not know the token',
  403: 'does not let the token do this',
  405: 'wants this change approved there first',
  422: 'does not take this change',
}

/** The reason as they give it, where they give one: short, and on one line. */
function said(text: string): string {
  const body = parsed(text)
  if (typeof body !== 'object' || body === null) return ''
  const given = ['message', 'detail', 'error']
    .map((key) => (key in body ? Reflect.get(body, key) : undefined))
    .find((one) => typeof one === 'string' && one !== '')
  return typeof given === 'string'
    ? ` (${given.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 200)})`
    : ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A path whose parts stand for themselves, whatever is in them; below the path that the address has. */
export function at(
  base: string,
  parts: readonly string[],
  query: Record<string, string> = {},
): URL {
  const url = new URL(base)
  const below = url.pathname.replace(/\/$/, '')
  url.pathname = `${below}/${parts.map(encodeURIComponent).join('/')}`
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

export const titleOf = ({ key, environment }: { key: string; environment: string }): string =>
  `flag ${key} in ${environment}`
