import { createHash } from 'node:crypto'
import {
  defaultMatrix,
  type Matrix,
  matrixProblems,
  type Window,
} from '#domain/authority/matrix.ts'
import { type OwnPolicy, withLimits } from '#domain/assessment/limits.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { defaultBands, type SeverityBands } from '#domain/incident/bands.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Policy } from '#domain/policy.ts'
import { defaultRollbackPolicy, type RollbackPolicy } from '#domain/rollback/policy.ts'
import { type Micros, minutes, seconds } from '#domain/time.ts'
import { roleOf } from './roles.ts'
import type { PolicySection } from './policy-section.ts'

/** The defaults of `domain/` with what the file overrides. */
export function policyOf(
  section: PolicySection,
  own: Readonly<Record<string, OwnPolicy>> = {},
): { policy: Policy; problems: readonly string[] } {
  const windows = section.matrix?.map(
    (row): Window => ({
      fromMicros: minutes(row.fromMinutes),
      mayAuthorize: roleOf[row.mayAuthorize],
      notify: row.notify.map((role) => roleOf[role]),
    }),
  )
  const problems = windows ? matrixProblems(windows) : []
  const matrix = windows && isMatrix(windows) && problems.length === 0 ? windows : defaultMatrix
  const rollback = rollbackPolicy(section)
  const bands = severityBands(section.severityBands)
  const { bands: _, ...assessment } = withLimits(
    { ...defaultAssessmentPolicy, bands },
    section.limits ?? {},
  )
  const hasOwn = Object.keys(own).length > 0
  const decides = { matrix, rollback, bands, assessment, ...(hasOwn ? { own } : {}) }
  const hash = createHash('sha256').update(canonicalJson(decides)).digest('hex')
  return { policy: { ...decides, hash }, problems }
}

const isMatrix = (rows: readonly Window[]): rows is Matrix => rows.length > 0

function rollbackPolicy(section: PolicySection): RollbackPolicy {
  const base = defaultRollbackPolicy
  const { maxErrorRatePercent, tolerancePercent, minRequests } = section.verify ?? {}
  return {
    ...base,
    ...given('requestExpiresMicros', minutes, section.requestExpiresMinutes),
    ...given('approvalExpiresMicros', minutes, section.approvalExpiresMinutes),
    ...given('scheduleWindowMicros', minutes, section.scheduleWindowMinutes),
    ...given('verifyWithinMicros', seconds, section.verifyWithinSeconds),
    ...given('verifyWindowMicros', seconds, section.verifyWindowSeconds),
    ...given('verifyEveryMicros', seconds, section.verifyEverySeconds),
    ...given('watchMicros', minutes, section.watchMinutes),
    ...given('watchEveryMicros', seconds, section.watchEverySeconds),
    ...given('reopenWithinMicros', minutes, section.reopenWithinMinutes),
    ...given('servedLongMicros', minutes, section.servedLongMinutes),
    ...given('incidentIdleMicros', minutes, section.incidentIdleMinutes),
    ...given('freezeMicros', minutes, section.freezeMinutes),
    ...given('settleMicros', seconds, section.settleSeconds),
    ...given('syncPauseMicros', minutes, section.syncPauseMinutes),
    ...given('remindEveryMicros', minutes, section.remindEveryMinutes),
    mostReminders: section.mostReminders ?? base.mostReminders,
    watchFailures: section.watchFailures ?? base.watchFailures,
    strategyBudgets: { ...base.strategyBudgets, ...inMicros(section.strategyBudgetsSeconds) },
    mechanismBudgets: { ...base.mechanismBudgets, ...inMicros(section.mechanismBudgetsSeconds) },
    verify: {
      maxErrorRate: share(maxErrorRatePercent) ?? base.verify.maxErrorRate,
      tolerance: share(tolerancePercent) ?? base.verify.tolerance,
      minRequests: minRequests ?? base.verify.minRequests,
    },
  }
}

/** The schema has filled in what the file leaves out, to see that the limits rise. */
const severityBands = (section: PolicySection['severityBands']): SeverityBands => ({
  errorRate: section?.errorRatePercent
    ? {
        medium: section.errorRatePercent.medium / 100,
        high: section.errorRatePercent.high / 100,
        critical: section.errorRatePercent.critical / 100,
      }
    : defaultBands.errorRate,
  p95: section?.p95TimesNormal ?? defaultBands.p95,
})

type Unit = (count: number) => Micros
const given = <Name extends string>(name: Name, unit: Unit, count: number | undefined) =>
  (count === undefined ? {} : { [name]: whole(unit(count)) }) as { readonly [Key in Name]?: Micros }

const inMicros = (budgets: Readonly<Record<string, number | undefined>> = {}) =>
  Object.fromEntries(
    Object.entries(budgets).flatMap(([name, count]) =>
      count === undefined ? [] : [[name, whole(seconds(count))]],
    ),
  )

const share = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100)
/** Fractions of a minute may be written; microseconds are whole. */
const whole = (length: Micros): Micros => Math.round(length) as Micros
