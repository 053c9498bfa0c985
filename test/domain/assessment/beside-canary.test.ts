import { expect, test } from 'vitest'
import { besideCanary } from '#domain/assessment/beside-canary.ts'
import type { CanaryCompared } from '#domain/assessment/canary-findings.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Verdict } from '#domain/canary/finding.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { aCanary, before, measured } from './facts.ts'

const limits = { ...defaultAssessmentPolicy, bands: defaultBands }
const failing = [measured('error-rate', { value: 0.08 })]
const calm = [measured('error-rate', { value: 0.001 })]
const well = { requests: 20_000, errors: 20 }

const canary = (verdict: Verdict, baseline = well, own: Partial<CanaryCompared> = {}) => {
  const served = { requests: 400, errors: 160 }
  const window = { fromMinutes: 5, toMinutes: 10, canary: served, baseline }
  return aCanary(verdict, { windows: [window], ...own })
}
const told = (
  compared: CanaryCompared | undefined,
  readings = failing,
  othersFail: boolean | null = null,
) => besideCanary(compared, { readings, othersFail }, limits)

test('what fails while the version beside the canary was counted and is well is the canary’s, however few requests it served', () => {
  expect(told(canary('wait')).onlyCanary).toBeDefined()
})

test('a canary that was counted and is well is not blamed for what the service fails, nor one that nobody could count', () => {
  const beside = (requests: number, errors: number) => ({
    windows: [{ fromMinutes: 5, toMinutes: 10, canary: { requests, errors }, baseline: well }],
  })

  expect(told(canary('continue', well, beside(5_000, 5)))).toEqual({ baselineSuffers: null })
  expect(told(canary('wait', well, beside(400, 0))).onlyCanary).toBeUndefined()
  expect(told(canary('wait', well, beside(400, Number.NaN))).onlyCanary).toBeUndefined()
})

test('it is not the canary’s where the version beside it fails as well, served too little to tell, or nobody could count it', () => {
  const others = [
    canary('wait', { requests: 20_000, errors: 1_600 }),
    canary('wait', { requests: 50, errors: 0 }),
    canary('wait', { requests: 20_000, errors: Number.NaN }),
  ].map((one) => told(one))

  expect(others).toEqual(
    others.map(() => ({ undecidedCanary: { since: before(10) }, baselineSuffers: null })),
  )
})

test('a canary in doubt is told where nothing fails, too, and one that is good never is', () => {
  expect(told(canary('wait'), calm)).toEqual({
    undecidedCanary: { since: before(10) },
    baselineSuffers: null,
  })
  expect(told(canary('continue'), calm)).toEqual({ baselineSuffers: null })
})

test('one that is good by its errors alone is not cleared of being slow', () => {
  const slow = [...calm, measured('p95', { value: 0.9, normal: 0.2 })]
  const absolutely = [...calm, measured('p95', { value: 2.4 })]
  const good = canary('continue')
  const wasCompared = canary('continue', well, {
    judgement: {
      ...good.judgement,
      findings: [
        {
          rule: 'canary-evidence:latency-p95',
          verdict: 'continue',
          delaySeconds: 0,
          measured: 1,
          threshold: 2,
          samples: 5_000,
          because: 'It is ruled out',
          wouldChange: 'Others',
        },
      ],
    },
  })

  const undecided = { undecidedCanary: { since: before(10) }, baselineSuffers: null }
  expect([told(good, slow), told(good, absolutely)]).toEqual([undecided, undecided])
  expect(told(wasCompared, slow)).toEqual({ baselineSuffers: null })
})

test('one whose figures cannot be read may serve; one that was seen to serve nothing does not', () => {
  const none = { since: null, windows: [] }

  expect(told(canary('inconclusive', well, { ...none, isUnread: true }))).toEqual({
    undecidedCanary: { since: null },
    baselineSuffers: null,
  })
  expect(told(canary('inconclusive', well, none))).toEqual({ baselineSuffers: null })
})

test('instances that fail on both sides speak against a cause in the new version, unless the canary was proved to be alone', () => {
  expect(told(undefined, failing, true)).toEqual({ baselineSuffers: true })
  expect(told(canary('auto_rollback', well, { isAlone: true }), failing, true)).toMatchObject({
    onlyCanary: expect.any(String),
    baselineSuffers: null,
  })
})
