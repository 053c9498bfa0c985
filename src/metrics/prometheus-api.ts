import { z } from 'zod'
import { whyNoAnswer } from '#no-answer.ts'
import type { Nothing, Reading, Series } from './measured.ts'
import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { pinnedRequest } from '#pinned-request.ts'

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
      z.object({
        resultType: z.literal('matrix'),
        result: z.array(
          z.object({
            metric: z.record(z.string(), z.string()).default({}),
            values: z.array(Sample).default([]),
          }),
        ),
      }),
    ]),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
])

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
  options: PrometheusOptions,
  query: string,
  time: number,
  abort: AbortSignal,
): Promise<Reading> {
  const asked = await ask(options, 'query', { query, time: time.toFixed(3) }, abort)
  return asked.kind === 'answer' ? read(asked.data) : asked
}

/** Evaluates an expression at every `step` seconds from `start` to `end` (Unix seconds). Never throws. */
export async function rangeQuery(
  options: PrometheusOptions,
  query: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  abort: AbortSignal,
): Promise<Series> {
  const range = { start: start.toFixed(3), end: end.toFixed(3), step: step.toFixed(3) }
  const asked = await ask(options, 'query_range', { query, ...range }, abort)
  return asked.kind === 'answer' ? readSeries(asked.data) : asked
}

/** The same of several series that one label tells apart: by its value. Never throws. */
export async function rangeBy(
  label: string,
  options: PrometheusOptions,
  query: string,
  { start, end, step }: { readonly start: number; readonly end: number; readonly step: number },
  abort: AbortSignal,
): Promise<{ readonly kind: 'several'; readonly series: ReadonlyMap<string, Values> } | Nothing> {
  const range = { start: start.toFixed(3), end: end.toFixed(3), step: step.toFixed(3) }
  const asked = await ask(options, 'query_range', { query, ...range }, abort)
  if (asked.kind !== 'answer') return asked
  if (asked.data.resultType !== 'matrix') return failed('the query returns no series over time')
  const { result } = asked.data
  const series = new Map(result.map(({ metric, values }) => [metric[label], numbers(values)]))
  if (result.length === 0) return { kind: 'nothing' }
  const named = [...series].filter((one): one is [string, Values] => one[0] !== undefined)
  return named.length === result.length
    ? { kind: 'several', series: new Map(named) }
    : failed(`the query returns series that ${label} does not tell apart: sum by (${label})`)
}

type Values = readonly (readonly [number, number])[]
type Data = Extract<z.infer<typeof Answer>, { status: 'success' }>['data']
type Failed = Extract<Nothing, { kind: 'failed' }>

async function ask(
  { url, token, timeoutMs = 5_000, resolve = resolveAll }: PrometheusOptions,
  what: 'query' | 'query_range',
  form: Readonly<Record<string, string>>,
  abort: AbortSignal,
): Promise<{ readonly kind: 'answer'; readonly data: Data } | Failed> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
  try {
    const address = new URL(`api/v1/${what}`, url.endsWith('/') ? url : `${url}/`)
    const authorization = authorizationOf(address, token)
    address.username = ''
    address.password = ''
    const timeout = `${Math.max(1, Math.floor(timeoutMs / 1_000))}s`
    // A redirect is not followed: a login page is no measurement.
    const { status, text, isCut } = await pinnedRequest(
      address,
      await addressesOf(address.hostname, resolve, signal),
      {
        signal,
        limit: answerLimit,
        headers: { accept: 'application/json', ...authorization },
        // Posted as a form: expressions may be longer than an address can be.
        form: new URLSearchParams({ ...form, timeout }),
      },
    )
    return isCut ? failed('the answer is longer than 1 MB') : dataIn(status, text)
  } catch (error) {
    if (error instanceof NotToBeAsked) return failed(error.message)
    return failed(whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs))
  }
}

const failed = (why: string): Failed => ({ kind: 'failed', why })

function authorizationOf(address: URL, token: string | undefined) {
  if (token !== undefined) return { authorization: `Bearer ${token}` }
  if (address.username === '') return {}
  const credentials = [address.username, address.password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}

function dataIn(status: number, text: string) {
  const answer = Answer.safeParse(parsed(text))
  if (!answer.success)
    return failed(`answered ${status} with something that is not Prometheus' format`)
  if (answer.data.status === 'error')
    return failed(
      `answered ${status}: ${answer.data.errorType}: ${answer.data.error.slice(0, longestError)}`,
    )
  return { kind: 'answer', data: answer.data.data } as const
}

function read(data: Data): Reading {
  switch (data.resultType) {
    case 'scalar':
      return number(data.result[1])
    case 'vector': {
      const [first, ...more] = data.result
      if (first === undefined) return { kind: 'nothing' }
      if (more.length > 0) return severalSeries(data.result.length)
      if (first.value === undefined) return failed('the query returns a histogram, not a number')
      return number(first.value[1])
    }
    case 'string':
      return failed('the query returns a text, not a number')
    case 'matrix':
      return failed('the query returns a range, not a number')
  }
}

function readSeries(data: Data): Series {
  if (data.resultType !== 'matrix') return failed(`the query returns no series over time`)
  const [first, ...more] = data.result
  if (first === undefined) return { kind: 'nothing' }
  if (more.length > 0) return severalSeries(data.result.length)
  const values = numbers(first.values)
  return values.length === 0 ? { kind: 'nothing' } : { kind: 'series', values }
}

const numbers = (values: readonly (readonly [number, string])[]): Values =>
  values.flatMap(([at, text]) => {
    const reading = number(text)
    return reading.kind === 'number' ? [[at, reading.value] as const] : []
  })

const severalSeries = (count: number) =>
  failed(`the query returns ${count} series; it must return one`)

/** Values are texts: `0.089`, `1e-05`, `NaN`, `+Inf`. */
function number(text: string): Reading {
  const value = text.trim() === '' ? Number.NaN : Number(text.replace('Inf', 'Infinity'))
  if (Number.isNaN(value)) return failed('the answer is not a number (NaN)')
  if (!Number.isFinite(value)) return failed(`the answer is infinite (${text})`)
  return { kind: 'number', value }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
