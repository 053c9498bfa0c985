import { expect, test } from 'vitest'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { aFile, configOf, problemsOf } from './support.ts'

/** Every number, one more than it usually is: in the words of the file. */
const everyNumber = {
  requestExpiresMinutes: 121,
  approvalExpiresMinutes: 6,
  scheduleWindowMinutes: 31,
  strategyBudgetsSeconds: { immediate: 31, gradual: 301, scheduled: 1_801 },
  mechanismBudgetsSeconds: {
    'flag-off': 31,
    'mesh-reroute': 11,
    'service-switch': 31,
    'canary-scale-down': 301,
    'deployment-undo': 181,
    'statefulset-undo': 901,
    'daemonset-undo': 901,
    'rollout-undo': 301,
    'ecs-deployment': 601,
    'compose-up': 901,
    'database-down': 1_000,
    'regional-failover': 301,
    'region-offline': 301,
    'slot-switch': 121,
    'nginx-canary': 301,
  },
  verifyWithinSeconds: 301,
  verifyWindowSeconds: 61,
  verifyEverySeconds: 6,
  watchMinutes: 31,
  watchEverySeconds: 61,
  watchFailures: 4,
  reopenWithinMinutes: 1_441,
  servedLongMinutes: 31,
  incidentIdleMinutes: 121,
  settleSeconds: 45,
  syncPauseMinutes: 90,
  freezeMinutes: 121,
  remindEveryMinutes: 6,
  mostReminders: 13,
  verify: { maxErrorRatePercent: 2, tolerancePercent: 21, minRequests: 21 },
}

test('the bands of severity can be moved, as long as they rise', () => {
  const bandsOf = (severityBands: object) =>
    configOf({}, aFile({ policy: { severityBands } })).policy.bands
  const problems = (severityBands: object) => problemsOf(aFile({ policy: { severityBands } }))

  expect(bandsOf({})).toEqual(defaultBands)
  expect(bandsOf({ errorRatePercent: { critical: 10 }, p95TimesNormal: { high: 1.5 } })).toEqual({
    errorRate: { medium: 0.01, high: 0.02, critical: 0.1 },
    p95: { high: 1.5, critical: 3 },
  })
  expect(problems({ errorRatePercent: { critical: 2 } })).toEqual([
    expect.stringContaining(
      'policy.severityBands.errorRatePercent: must rise from the lower severity to the higher one.',
    ),
  ])
  expect(problems({ p95TimesNormal: { high: 4 } })).toHaveLength(1)
})

test('every number that the rollback policy decides by can be set in the file', () => {
  const { rollback } = configOf({}, aFile({ policy: everyNumber })).policy
  const usual = new Map(numbersIn(defaultRollbackPolicy))

  const left = numbersIn(rollback).filter(([name, value]) => usual.get(name) === value)

  expect(numbersIn(rollback).map(([name]) => name)).toEqual([...usual.keys()])
  expect(left).toEqual([])
})

function numbersIn(part: object, path = ''): readonly (readonly [string, number])[] {
  return Object.entries(part).flatMap(([name, value]: readonly [string, unknown]) => {
    if (typeof value === 'number') return [[`${path}${name}`, value] as const]
    return typeof value === 'object' && value !== null ? numbersIn(value, `${path}${name}.`) : []
  })
}
