import type { CloudWatchClient, GetMetricDataOutput } from '@aws-sdk/client-cloudwatch'
import { z } from 'zod'
import type { Metrics, Window } from '#ports/metrics.ts'
import { metricsFrom } from './asked-source.ts'
import { whyNoAnswer } from '#no-answer.ts'
import type { Series } from './measured.ts'

/** As `aws cloudwatch get-metric-data --metric-data-queries` takes them; unknown fields are sent as they are. */
const Queries = z
  .array(
    z.looseObject({
      Id: z.string(),
      Expression: z.string().optional(),
      ReturnData: z.boolean().optional(),
    }),
  )
  .min(1)

export interface CloudWatchOptions {
  readonly region: string
  /** `undefined` is AWS's own for the region. */
  readonly endpoint?: string
  /** `undefined` is whatever AWS's own variables or the machine give. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly timeoutMs?: number
}

/** CloudWatch keeps whole minutes for what is not of high resolution. */
const leastPeriod = 60
const longestError = 300

/**
 * Measures with CloudWatch, by its SDK and whatever credentials AWS's own variables or the machine give; needs the right
 * `cloudwatch:GetMetricData`. A query is a list of metric data queries as JSON of which one returns data; `$window` becomes seconds.
 */
export function cloudwatch(options: CloudWatchOptions): Metrics {
  const { timeoutMs = 5_000 } = options
  let client: Promise<CloudWatchClient> | undefined
  const connected = () => (client ??= connect(options))
  const ask = (query: string, window: Window, abort: AbortSignal) =>
    data(
      connected,
      query,
      window,
      AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)]),
      timeoutMs,
    )
  return metricsFrom({
    name: 'CloudWatch',
    text: (query, step) =>
      query.replaceAll('$window', String(Math.ceil(step / leastPeriod) * leastPeriod)),
    series: (query, window, step, abort) =>
      ask(query, window, abort).then((found) => atTheEnd(found, step)),
    async number(query, window, abort) {
      const found = await ask(query, window, abort)
      if (found.kind !== 'series') return found
      const sum = found.values.reduce((total, [, value]) => total + value, 0)
      return { kind: 'number', value: sum / found.values.length }
    },
  })
}

/** Loaded when it is needed first: whoever measures elsewhere pays nothing for it. */
async function connect({
  region,
  endpoint,
  credentials,
}: CloudWatchOptions): Promise<CloudWatchClient> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch')
  // A person waits: what fails is said, not tried again.
  return new CloudWatchClient({
    region,
    maxAttempts: 1,
    ...(endpoint ? { endpoint } : {}),
    ...(credentials ? { credentials } : {}),
  })
}

async function data(
  connected: () => Promise<CloudWatchClient>,
  query: string,
  { from, to }: Window,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Series> {
  const queries = Queries.safeParse(parsed(query))
  if (!queries.success)
    return { kind: 'failed', why: 'the query is no list of metric data queries as JSON' }
  try {
    const [{ GetMetricDataCommand }, client] = await Promise.all([
      import('@aws-sdk/client-cloudwatch'),
      connected(),
    ])
    const command = new GetMetricDataCommand({
      MetricDataQueries: queries.data,
      StartTime: new Date(Math.floor(from / 1_000)),
      EndTime: new Date(Math.ceil(to / 1_000)),
      ScanBy: 'TimestampAscending',
    })
    return read(await client.send(command, { abortSignal: signal }))
  } catch (error) {
    return { kind: 'failed', why: why(error, signal, timeoutMs) }
  }
}

/** What is not complete is not measured: half of a window may be its better half. */
function read({ MetricDataResults, Messages, NextToken }: GetMetricDataOutput): Series {
  const [first, ...more] = MetricDataResults ?? []
  if (!first) return { kind: 'nothing' }
  if (more.length > 0)
    return {
      kind: 'failed',
      why: `the query returns ${more.length + 1} series; it must return one (ReturnData: false for the others)`,
    }
  const { StatusCode, Timestamps = [], Values = [] } = first
  if (StatusCode !== 'Complete' || NextToken !== undefined) {
    const said = [...(first.Messages ?? []), ...(Messages ?? [])].flatMap(
      ({ Value }) => Value ?? [],
    )
    return {
      kind: 'failed',
      why: [`the answer is not complete (${StatusCode ?? 'more to come'})`, ...said]
        .join(': ')
        .slice(0, longestError),
    }
  }
  const values = Timestamps.flatMap((at, index) => {
    const value = Values[index]
    return value === undefined ? [] : [[at.getTime() / 1_000, value] as const]
  })
  return values.length === 0 ? { kind: 'nothing' } : { kind: 'series', values }
}

/** Its points stand at the beginning of their period. */
const atTheEnd = (found: Series, step: number): Series =>
  found.kind === 'series'
    ? { kind: 'series', values: found.values.map(([at, value]) => [at + step, value]) }
    : found

/** AWS names its faults, and their messages hold no secret but may hold an account. */
function why(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return whyNoAnswer(signal.reason, timeoutMs)
  const name = error instanceof Error ? error.name : ''
  const known = faults.find(([pattern]) => pattern.test(name))
  if (known) return known[1]
  const network = whyNoAnswer(error, timeoutMs)
  return network === 'the request failed' && error instanceof Error
    ? `it answers ${name}: ${error.message}`.slice(0, longestError)
    : network
}

const faults: readonly (readonly [RegExp, string])[] = [
  [/^CredentialsProviderError$/, 'there are no credentials of AWS here'],
  [/^(AccessDenied|UnauthorizedOperation)/, 'the credentials may not do cloudwatch:GetMetricData'],
  [
    /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch)/,
    'the credentials are not known there, or have expired',
  ],
  [/^(Throttling|TooManyRequests)/, 'it is asked too often'],
]

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
