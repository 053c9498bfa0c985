import { z } from 'zod'
import { metricSources, type SignalQueries, signalNames } from '#domain/signals.ts'
import {
  type Conventional,
  conventional,
  conventionalQuery,
  type ConventionName,
  conventionNames,
  matchOf,
  type Named,
  needsMatch,
} from './conventions.ts'
import type { Finding } from './finding.ts'

/** Labels as Prometheus matches them; nothing that could end the braces they stand in. */
export const Matcher = z
  .string()
  .max(300)
  .regex(
    /^[a-zA-Z_]\w*(=|!=|=~|!~)"[^"\\]*"(, *[a-zA-Z_]\w*(=|!=|=~|!~)"[^"\\]*")*$/,
    'must be labels as Prometheus matches them, such as track="canary"',
  )

/** A query of one's own, or the name of a convention that makes it. */
const Signal = z
  .strictObject({
    query: z
      .string()
      .min(1)
      .max(2000)
      .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control or invisible characters')
      .optional(),
    from: z.enum(metricSources).optional(),
    convention: z.enum(conventionNames).optional(),
    /** Whose requests a convention counts, where they are not called like the service. */
    match: Matcher.optional(),
  })
  .refine(({ query, convention }) => (query === undefined) !== (convention === undefined), {
    message: `needs either a query, or a convention: ${conventionNames.join(', ')}`,
  })
type Signal = z.infer<typeof Signal>

export const SignalsSection = z.strictObject(
  Object.fromEntries(signalNames.map((name) => [name, Signal.optional()])) as Record<
    keyof SignalQueries,
    z.ZodOptional<typeof Signal>
  >,
)
export type SignalsSection = z.infer<typeof SignalsSection>

/** What is asked, conventions written out. */
export const signalQueries = (signals: SignalsSection, named: Named): SignalQueries =>
  Object.fromEntries(
    signalNames.flatMap((name) => {
      const query = signals[name] && queryOf(name, signals[name], named)
      return query === undefined ? [] : [[name, query]]
    }),
  )

function queryOf(
  name: keyof SignalQueries,
  { query, convention, match }: Signal,
  named: Named,
): string | undefined {
  if (convention === undefined || !isConventional(name)) return query
  return conventionalQuery(name, convention, matchOf(convention, match, named))
}

const isConventional = (name: keyof SignalQueries): name is Conventional =>
  conventional.some((one) => one === name)

/** What a convention cannot tell, or cannot tell without more. */
export const signalProblems = (signals: SignalsSection): readonly Finding[] =>
  signalNames.flatMap((name) => {
    const signal = signals[name]
    if (signal?.match !== undefined && signal.convention === undefined)
      return [problem(name, 'match', 'belongs to a convention; a query holds its labels itself')]
    if (signal?.convention === undefined) return []
    if (!isConventional(name))
      return [
        problem(
          name,
          'convention',
          `makes ${conventional.join(', ')}; ${name} needs a query of its own`,
        ),
      ]
    if (signal.from !== undefined && signal.from !== 'prometheus')
      return [problem(name, 'from', 'must be left out: a convention is measured by Prometheus')]
    return matchProblems(signal.convention, signal.match).map((text) =>
      problem(name, 'convention', text),
    )
  })

export const matchProblems = (
  convention: ConventionName,
  match: string | undefined,
): readonly string[] =>
  needsMatch(convention) && match === undefined
    ? [
        `is ${convention}, which names nothing like the service: it needs match, such as envoy_cluster_name="checkout"`,
      ]
    : []

const problem = (name: keyof SignalQueries, key: keyof Signal, text: string): Finding => ({
  path: ['signals', name, key],
  text,
})
