import { z } from 'zod'
import { whyNoAnswer } from './failure.ts'
import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { pinnedRequest } from './pinned-request.ts'

const Sample = z.tuple([z.number(), z.string()])

const Answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ value: Sample.optional() })),
      }),
      z.object({ resultType: z.literal('scalar'), result: Sample }),
      z.object({ resultType: z.literal('string'), result: z.unknown() }),
      z.object({ resultType: z.literal('matrix'), result: z.unknown() }),
    ]),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
])

/** One number, nothing at all, or the reason why there is neither. */
export type Reading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly why: string }

export interface PrometheusOptions {
  /** With a path if it is served below one; a user and password in it become basic authentication. */
  readonly url: string
  readonly token?: string
  readonly timeoutMs?: number
  readonly resolve?: Resolve
}

const answerLimit = 1024 * 1024
const longestError = 300

/** Evaluates an expression at one instant (Unix seconds), at the addresses that were checked (threat T139). Never throws. */
export async function instantQuery(
  { url, token, timeoutMs = 5_000, resolve = resolveAll }: PrometheusOptions,
  query: string,
  time: number,
  abort: AbortSignal,
): Promise<Reading> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
  try {
    const address = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`)
    const authorization = authorizationOf(address, token)
    address.username = ''
    address.password = ''
    // A redirect is not followed: a login page is no measurement.
    const { status, text, isCut } = await pinnedRequest(
      address,
      await addressesOf(address.hostname, resolve, signal),
      {
        signal,
        limit: answerLimit,
        headers: { accept: 'application/json', ...authorization },
        // Posted as a form: expressions may be longer than an address can be.
        form: new URLSearchParams({
          query,
          time: time.toFixed(3),
          timeout: `${Math.max(1, Math.floor(timeoutMs / 1_000))}s`,
        }),
      },
    )
    if (isCut) return { kind: 'failed', why: 'the answer is longer than 1 MB' }
    return read(status, text)
  } catch (error) {
    if (error instanceof NotToBeAsked) return { kind: 'failed', why: error.message }
    return {
      kind: 'failed',
      why: whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs),
    }
  }
}

function authorizationOf(address: URL, token: string | undefined) {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (address.username === '') return {}
  const credentials = [address.username, address.password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function read(status: number, text: string): Reading {
  const answer = Answer.safeParse(parsed(text))
  if (!answer.success)
    return {
      kind: 'failed',
      why: `answered ${status} with something that is not Prometheus' format`,
    }
  if (answer.data.status === 'error')
    return {
      kind: 'failed',
      why: `answered ${status}: ${answer.data.errorType}: ${answer.data.error.slice(0, longestError)}`,
    }
  const { data } = answer.data
  switch (data.resultType) {
    case 'scalar':
      return number(data.result[1])
    case 'vector': {
      const [first, ...more] = data.result
      if (first === undefined) return { kind: 'nothing' }
      if (more.length > 0)
        return {
          kind: 'failed',
          why: `the query returns ${data.result.length} series; it must return one`,
        }
      if (first.value === undefined)
        return { kind: 'failed', why: 'the query returns a histogram, not a number' }
      return number(first.value[1])
    }
    case 'string':
      return { kind: 'failed', why: 'the query returns a text, not a number' }
    case 'matrix':
      return { kind: 'failed', why: 'the query returns a range, not a number' }
  }
}

/** Values are texts: `0.089`, `1e-05`, `NaN`, `+Inf`. */
function number(text: string): Reading {
  const value = text.trim() === '' ? Number.NaN : Number(text.replace('Inf', 'Infinity'))
  if (Number.isNaN(value)) return { kind: 'failed', why: 'the answer is not a number (NaN)' }
  if (!Number.isFinite(value)) return { kind: 'failed', why: `the answer is infinite (${text})` }
  return { kind: 'number', value }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
