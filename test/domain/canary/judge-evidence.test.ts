import { expect, test } from 'vitest'
import {
  type Counts,
  defaultJudgePolicy,
  judge,
  type JudgeInput,
  noEvidence,
  withBatch,
} from '#domain/canary/index.ts'
import { instant, minutes } from '#domain/time.ts'
import { bad, good, windowsOf } from './windows.ts'

const { pauseNull, rollBackNull, grid } = defaultJudgePolicy.evidence

/** So many minutes alike, from the end of the warm-up. */
function evidence(
  { canary, baseline, times = 1 }: { canary: Counts; baseline: Counts; times?: number },
  metric = 'errors',
): NonNullable<JudgeInput['evidence']>[number] {
  const gather = (r0: number) =>
    Array.from({ length: times }, (_, at) => ({
      from: instant(minutes(at)),
      to: instant(minutes(at + 1)),
      canary,
      baseline,
    })).reduce(withBatch, noEvidence(r0, grid))
  return { metric, pause: gather(pauseNull), rollBack: gather(rollBackNull) }
}
const minute = (canary: number, baseline: number) => ({
  canary: { requests: 600, errors: canary },
  baseline: { requests: 59_400, errors: baseline },
})

test.each([
  ['three times as bad', minute(9, 297), 15, 'auto_rollback'],
  ['twice as bad', minute(6, 297), 30, 'pause_and_ask'],
  ['as good', minute(3, 297), 30, 'continue'],
  ['as good, but only just begun', minute(3, 297), 2, 'wait'],
] as const)('a canary %s', (_, arms, times, expected) => {
  expect(judge({ evidence: [evidence({ ...arms, times })] }).verdict).toBe(expected)
})

test('a canary that is surely worse, but not by much, goes on and is reported as such', () => {
  const arms = {
    canary: { requests: 60_000, errors: 720 },
    baseline: { requests: 540_000, errors: 5_400 },
  }

  expect(judge({ evidence: [evidence({ ...arms, times: 5 })] })).toMatchObject({
    verdict: 'continue',
    because: expect.stringMatching(/^Worse than the baseline, but not by much/),
  })
})

test('too little traffic says how much longer', () => {
  const arms = minute(1, 59)
  const { because, findings } = judge({ evidence: [evidence({ ...arms, times: 10 })] })

  expect(because).toMatch(/^Not enough traffic yet to tell 2 times the baseline from chance/)
  expect(findings[0]).toMatchObject({ verdict: 'wait', samples: 6_000 })
  expect(findings[0]?.moreMinutes).toBeGreaterThan(10)
  expect(findings[0]?.wouldChange).toBe(
    `About ${findings[0]?.moreMinutes} more minutes at the present traffic`,
  )
})

test('no errors on either arm wait for enough requests, then go on', () => {
  const quiet = minute(0, 0)

  expect(judge({ evidence: [evidence({ ...quiet, times: 3 })] }).findings[0]).toMatchObject({
    verdict: 'wait',
    measured: null,
    moreMinutes: null,
  })
  expect(judge({ evidence: [evidence({ ...quiet, times: 20 })] }).verdict).toBe('continue')
})

test('an arm that served nothing is inconclusive', () => {
  const arms = { canary: { requests: 0, errors: 0 }, baseline: { requests: 9, errors: 1 } }

  expect(judge({ evidence: [evidence(arms)] }).verdict).toBe('inconclusive')
})

test('evidence that ended long ago calls nothing good, but still accuses', () => {
  const fine = evidence({ ...minute(3, 297), times: 30 })
  const sick = evidence({ ...minute(9, 297), times: 30 })
  const at = (minute: number) => instant(minutes(minute))

  expect(judge({ evidence: [fine], now: at(35) }).verdict).toBe('continue')
  expect(judge({ evidence: [fine], now: at(36) }).verdict).toBe('inconclusive')
  expect(judge({ evidence: [sick], now: at(90) }).verdict).toBe('auto_rollback')
})

test('the more metrics are watched, the more proof each needs', () => {
  const sick = evidence({ ...minute(9, 297), times: 2 })
  const others = Array.from({ length: 99 }, (_, at) =>
    evidence({ ...minute(3, 297), times: 60 }, `metric ${at}`),
  )

  expect(judge({ evidence: [sick] }).verdict).toBe('pause_and_ask')
  expect(judge({ evidence: [sick, ...others] }).findings[0]?.verdict).toBe('wait')
})

test('with evidence at hand, bad windows ask until they are proved', () => {
  const windows = windowsOf([bad, bad, bad])
  const early = evidence({ ...minute(3, 297), times: 2 })
  const proof = evidence({ ...minute(9, 297), times: 15 })

  expect(judge({ windows, evidence: [early] })).toMatchObject({
    verdict: 'pause_and_ask',
    because: expect.stringContaining('not yet proved'),
  })
  expect(judge({ windows, evidence: [proof] }).findings.map(({ verdict }) => verdict)).toEqual([
    'auto_rollback',
    'auto_rollback',
  ])
})

test('evidence that has seen enough does not wait for windows that are not full', () => {
  const fine = evidence({ ...minute(3, 297), times: 30 })
  const early = evidence({ ...minute(3, 297), times: 2 })

  expect(judge({ windows: windowsOf([good]), evidence: [fine] }).verdict).toBe('continue')
  expect(judge({ windows: windowsOf([good, good, good]), evidence: [early] }).verdict).toBe('wait')
})

test('what is proved batch by batch, no trouble on both arms excuses', () => {
  const windows = windowsOf([
    [150, 1_350],
    [152, 1_345],
    [149, 1_355],
  ])
  const input = { windows, baselineBefore: { requests: 270_000, errors: 1_350 } }
  const proof = evidence({ ...minute(9, 297), times: 15 })

  expect(judge(input).verdict).toBe('external_factor')
  expect(judge({ ...input, evidence: [proof] }).verdict).toBe('auto_rollback')
})

test('the minutes that are named are those that a canary twice as bad still needs', () => {
  const sick = { times: 10, ...minute(1.2, 59.4) }
  const { findings } = judge({ evidence: [evidence(sick)] })
  const named = findings[0]?.moreMinutes ?? 0
  const after = (more: number) => judge({ evidence: [evidence({ ...sick, times: 10 + more })] })

  expect(after(named).verdict).toBe('pause_and_ask')
  // The mixture over all ratios gets there a little before the single one that is counted with.
  expect(after(Math.floor(named * 0.8)).verdict).toBe('wait')
})

test('traffic that doubles halves the minutes that are named', () => {
  const minutesAt = (requests: number) => {
    const arms = {
      canary: { requests, errors: 0 },
      baseline: { requests: 99 * requests, errors: 0.099 * requests },
    }
    return judge({ evidence: [evidence(arms)] }).findings[0]?.moreMinutes ?? 0
  }

  expect(minutesAt(600) / minutesAt(1_200)).toBeCloseTo(2, 0)
})
