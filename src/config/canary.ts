import { z } from 'zod'
import type { CanaryQueries } from '#domain/signals.ts'
import { conventionalCounts, conventionNames, matchOf, type Named } from './conventions.ts'
import type { Finding } from './finding.ts'
import { Matcher, matchProblems } from './signals.ts'

const ArmQuery = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(2000)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control or invisible characters')
    .refine((query) => query.includes('$arm') && query.includes('$window'), {
      message: 'must hold $arm, where the labels of an arm go, and $window',
    }),
})

/** How a canary is told from what runs beside it. */
export const CanarySection = z
  .strictObject({
    arms: z.strictObject({ canary: Matcher, baseline: Matcher }),
    requests: ArmQuery.optional(),
    errors: ArmQuery.optional(),
    /** Counts of requests by how long they took, with bounds in seconds as `le`; true: by the convention. */
    latency: z.union([ArmQuery, z.literal(true)]).optional(),
    /** In place of both queries. */
    convention: z.enum(conventionNames).optional(),
    match: Matcher.optional(),
  })
  .refine(({ arms }) => arms.canary !== arms.baseline, {
    path: ['arms'],
    message: 'must differ: both name the same series',
  })
  .refine(
    ({ requests, errors, convention }) =>
      convention === undefined
        ? requests !== undefined && errors !== undefined
        : requests === undefined && errors === undefined,
    { message: 'needs either requests and errors, or a convention' },
  )
  .refine(({ requests, errors }) => requests === undefined || requests.query !== errors?.query, {
    path: ['errors'],
    message: 'counts the same as requests',
  })
type CanarySection = z.infer<typeof CanarySection>

export function canaryQueries(
  { arms, requests, errors, latency, convention, match }: CanarySection,
  named: Named,
): CanaryQueries {
  const own = typeof latency === 'object' ? { query: latency.query, perSecond: 1 } : undefined
  if (convention === undefined)
    return {
      arms,
      requests: requests?.query ?? '',
      errors: errors?.query ?? '',
      ...(own ? { latency: own } : {}),
    }
  const usual = conventionalCounts(convention, matchOf(convention, match, named))
  const { latency: histogram, ...counts } = usual
  return { arms, ...counts, ...(latency === undefined ? {} : { latency: own ?? histogram }) }
}

export function canaryProblems({ convention, match, latency }: CanarySection): readonly Finding[] {
  const problem = (key: string, text: string): Finding => ({ path: ['canary', key], text })
  if (convention !== undefined)
    return matchProblems(convention, match).map((text) => problem('convention', text))
  if (latency === true)
    return [problem('latency', 'is true, which belongs to a convention: write a query')]
  return match === undefined
    ? []
    : [problem('match', 'belongs to a convention; queries hold their labels themselves')]
}
