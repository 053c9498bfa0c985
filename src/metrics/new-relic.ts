import { z } from 'zod'
import type { Metrics, Window } from '#ports/metrics.ts'
import { askedOnce, metricsFrom, type Reached } from './asked-source.ts'
import type { Nothing, Reading, Series } from './measured.ts'

/** NerdGraph answers with HTTP 200 also where `errors` says that it went wrong. */
const Answer = z.object({
  errors: z.array(z.object({ message: z.string() })).nullish(),
  data: z
    .object({
      actor: z.object({
        account: z
          .object({
            nrql: z.object({ results: z.array(z.record(z.string(), z.unknown())) }).nullable(),
          })
          .nullable(),
      }),
    })
    .nullish(),
})

export interface NewRelicOptions extends Reached {
  /** `https://api.newrelic.com`. */
  readonly url: string
  readonly account: number
  readonly userKey: string
}

const question =
  'query ($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql, timeout: 5) { results } } } }'
const longestError = 300
/** What it adds to each row of a series. */
const times = new Set(['beginTimeSeconds', 'endTimeSeconds', 'inspectedCount'])

/** Measures with New Relic. A query is NRQL with one figure and without SINCE, UNTIL and TIMESERIES: those are added. `$window` becomes `300 seconds`. */
export function newRelic(options: NewRelicOptions): Metrics {
  return metricsFrom({
    name: 'New Relic',
    text: (query, step) => query.replaceAll('$window', `${step} seconds`),
    async number(query, window, abort): Promise<Reading> {
      const rows = await results(options, `${query}${since(window)}`, abort)
      if (rows.kind !== 'rows') return rows
      const [first, ...more] = rows.rows
      if (more.length > 0)
        return {
          kind: 'failed',
          why: `the query returns ${more.length + 1} rows; it must return one`,
        }
      return first === undefined ? { kind: 'nothing' } : figureIn(first)
    },
    async series(query, window, step, abort): Promise<Series> {
      const text = `${query}${since(window)} TIMESERIES ${Math.ceil(step)} seconds`
      const rows = await results(options, text, abort)
      if (rows.kind !== 'rows') return rows
      const values = rows.rows.flatMap((row) => {
        const at = row['endTimeSeconds']
        const reading = figureIn(row)
        return typeof at === 'number' && reading.kind === 'number'
          ? [[at, reading.value] as const]
          : []
      })
      return values.length === 0 ? { kind: 'nothing' } : { kind: 'series', values }
    },
  })
}

const since = ({ from, to }: Window): string =>
  ` SINCE ${Math.floor(from / 1_000)} UNTIL ${Math.ceil(to / 1_000)}`

type Rows = { readonly kind: 'rows'; readonly rows: readonly Readonly<Record<string, unknown>>[] }

async function results(
  options: NewRelicOptions,
  nrql: string,
  abort: AbortSignal,
): Promise<Rows | Nothing> {
  const { url: base, account, userKey } = options
  const json = JSON.stringify({ query: question, variables: { account, nrql } })
  const request = { headers: { 'api-key': userKey }, json }
  const asked = await askedOnce(new URL('/graphql', base), Answer, request, options, abort)
  if (asked.kind === 'failed') return asked
  const { errors, data } = asked.answer
  if (errors && errors.length > 0)
    return {
      kind: 'failed',
      why: errors
        .map(({ message }) => message)
        .join('; ')
        .slice(0, longestError),
    }
  const rows = data?.actor.account?.nrql?.results
  return rows ? { kind: 'rows', rows } : { kind: 'failed', why: 'the account gives no results' }
}

/** The one figure of a row: a number, or, for a percentile, the only number of a group. */
function figureIn(row: Readonly<Record<string, unknown>>): Reading {
  const cells = Object.entries(row).filter(([name]) => !times.has(name))
  const [first, ...more] = cells
  if (!first) return { kind: 'nothing' }
  if (more.length > 0)
    return { kind: 'failed', why: `the query returns ${cells.length} figures; it must return one` }
  const [, cell] = first
  const inner: unknown =
    typeof cell === 'object' && cell !== null && Object.keys(cell).length === 1
      ? Object.values(cell)[0]
      : cell
  if (inner === null || inner === undefined) return { kind: 'nothing' }
  return typeof inner === 'number'
    ? { kind: 'number', value: inner }
    : { kind: 'failed', why: 'the answer is not a number' }
}
