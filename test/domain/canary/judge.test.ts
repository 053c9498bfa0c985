import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verdicts } from '#domain/canary/finding.ts'
import { judge, type JudgeInput } from '#domain/canary/index.ts'
import { bad, good, windowsOf } from './windows.ts'

interface Scenario {
  readonly id: string
  readonly why: string
  readonly input: JudgeInput
  readonly expected: { readonly verdict: string; readonly delaySeconds: number }
}
const { scenarios }: { readonly scenarios: readonly Scenario[] } = JSON.parse(
  readFileSync('test/fixtures/statistics.public.json', 'utf8'),
)

test.each(scenarios)('$id: $why', ({ input, expected }) => {
  expect(judge(input)).toMatchObject(expected)
})

test('nothing asked is no good answer', () => {
  expect(judge({})).toEqual({
    verdict: 'inconclusive',
    delaySeconds: 0,
    because: 'Nothing was measured',
    findings: [],
  })
})

test('every rule shows what it measured, its threshold, its sample, and what would change it', () => {
  const { findings } = judge({
    windows: [],
    absolute: [{ metric: 'cpu', stepSeconds: 60, values: [0.5] }],
    score: [{ name: 'cpu', weight: 20, fired: false }],
  })

  expect(findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([
    ['canary-ratio', 'wait'],
    ['cpu', 'continue'],
    ['score', 'continue'],
  ])
  for (const finding of findings) {
    expect(finding.because).not.toBe('')
    expect(finding.wouldChange).not.toBe('')
    expect(finding.threshold).toBeGreaterThan(0)
    expect(finding.samples).toBeGreaterThanOrEqual(0)
  }
})

test('whatever is counted, there is one of six answers, and only a rollback has a delay', () => {
  const count = fc.oneof(fc.nat({ max: 5_000 }), fc.double())
  const counts = fc.record({ requests: count, errors: count })
  const window = fc.record({
    fromMinutes: fc.oneof(fc.constantFrom(5, 10, 15, 20), fc.double()),
    toMinutes: fc.oneof(fc.constantFrom(10, 15, 20, 25), fc.double()),
    canary: counts,
    baseline: counts,
  })
  const series = fc.record({
    metric: fc.constantFrom('errorRate', 'cpu', 'unheard of'),
    stepSeconds: fc.double(),
    values: fc.array(fc.double(), { maxLength: 12 }),
  })

  fc.assert(
    fc.property(
      fc.array(window, { maxLength: 6 }),
      counts,
      fc.array(series, { maxLength: 2 }),
      (windows, baselineBefore, absolute) => {
        const answer = judge({ windows, baselineBefore, absolute })

        expect(verdicts).toContain(answer.verdict)
        expect(answer.delaySeconds === 0 || answer.verdict === 'auto_rollback').toBe(true)
        expect(answer.findings.every(({ measured }) => !Number.isNaN(measured))).toBe(true)
      },
    ),
  )
})

test('another bad window never turns a verdict milder, another good one never graver', () => {
  const three = windowsOf([good, bad, bad])

  expect(judge({ windows: three }).verdict).toBe('continue')
  expect(judge({ windows: [...three, ...windowsOf([bad], { from: 20 })] }).verdict).toBe(
    'auto_rollback',
  )
  expect(judge({ windows: [...three, ...windowsOf([good], { from: 20 })] }).verdict).toBe(
    'continue',
  )
})
