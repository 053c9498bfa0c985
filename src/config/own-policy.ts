import { z } from 'zod'
import type { LimitUnit } from '#domain/assessment/limit.ts'
import {
  type LimitName,
  limitNames,
  limitProblems,
  limits,
  limitsFor,
  type OwnPolicy,
} from '#domain/assessment/limits.ts'
import { profileNames } from '#domain/assessment/profiles.ts'
import { serviceId } from '#domain/ids.ts'
import type { Policy } from '#domain/policy.ts'
import type { Finding } from './finding.ts'

const units: Readonly<Record<LimitUnit, z.ZodNumber>> = {
  percent: z.number().min(0).max(100),
  times: z.number().min(1).max(1_000),
  minutes: z.number().min(0).max(1_440),
  seconds: z.number().min(0).max(86_400),
  count: z.int().min(1).max(1_000_000_000),
}
const numbers = (names: readonly LimitName[]) =>
  z.strictObject(
    Object.fromEntries(names.map((name) => [name, units[limits[name].unit].optional()])) as Record<
      LimitName,
      z.ZodOptional<z.ZodNumber>
    >,
  )

/** The organisation's; its bands stand under severityBands. */
export const LimitsSection = numbers(limitNames.filter((name) => limits[name].path[0] !== 'bands'))

/** Of one service: each number replaces the organisation's. */
export const OwnPolicySection = z.strictObject({
  profile: z.enum(profileNames as [string, ...string[]]).optional(),
  limits: numbers(limitNames).optional(),
})

export const ownPolicyOf = (section: z.infer<typeof OwnPolicySection>): OwnPolicy =>
  section as OwnPolicy

/** Numbers that contradict each other once they are put together. */
export const ownPolicyProblems = (
  policy: Pick<Policy, 'assessment' | 'bands'>,
  rows: readonly (readonly [string, OwnPolicy | undefined])[],
): readonly Finding[] =>
  rows.flatMap(([name, own]) =>
    own === undefined
      ? []
      : limitProblems(limitsFor({ ...policy, own: { [name]: own } }, serviceId(name))).map(
          (text) => ({ path: ['services', name, 'policy', 'limits'], text }),
        ),
  )
