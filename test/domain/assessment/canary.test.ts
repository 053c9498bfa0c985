import { expect, test } from 'vitest'
import { assess } from '#domain/assessment/assess.ts'
import { factsWith } from '#domain/assessment/facts-with.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { type Verdict, verdicts } from '#domain/canary/finding.ts'
import { deliveryId } from '#domain/ids.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { minutes } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { aCanary, before, facts, measured, now, says } from './facts.ts'

const policy = { ...defaultAssessmentPolicy, bands: defaultBands }
const calm = [measured('error-rate', { value: 0.001, normal: 0.001, requests: 20_000 })]

const canaryOf = (verdict: Verdict) => {
  const because = 'It was judged'
  const judged = { verdict, delaySeconds: 0, because }
  const rule = { rule: 'canary-ratio', measured: 3, threshold: 2, samples: 5_000 }
  return aCanary(verdict, {
    isAlone: verdict === 'auto_rollback',
    judgement: { ...judged, findings: [{ ...rule, ...judged, wouldChange: 'Other figures' }] },
  })
}
const assessed = (verdict: Verdict, own: Parameters<typeof facts>[0] = {}) =>
  assess(facts({ readings: calm, canary: canaryOf(verdict), ...own }), policy)

test('what only the comparison says never takes back what runs beside the canary', () => {
  const { advice, because } = assessed('auto_rollback', {
    circumstances: { ...facts().circumstances, undecidedCanary: { since: before(60) } },
  })

  expect({ advice, because }).toEqual({ advice: 'roll_back_canary', because: 'it was judged' })
})

test('only a canary that is called good lets all be well, however calm everything together is', () => {
  const advice = Object.fromEntries(verdicts.map((one) => [one, assessed(one).advice]))

  expect(advice).toEqual({
    continue: 'watch',
    wait: 'inconclusive',
    inconclusive: 'inconclusive',
    external_factor: 'inconclusive',
    pause_and_ask: 'inconclusive',
    auto_rollback: 'roll_back_canary',
  })
})

test('a canary that is worse, and alone in it, is taken away and nothing else', () => {
  const { advice, severity, strategy, origin } = assessed('auto_rollback', {
    isolatedToCanary: true,
    circumstances: {
      ...facts().circumstances,
      deployed: { version: 'v2.2.1', at: before(9_000), orEarlier: false },
      onlyCanary: 'only the canary suffers',
    },
  })

  expect({ advice, severity, strategy }).toEqual({
    advice: 'roll_back_canary',
    severity: 'high',
    strategy: 'immediate',
  })
  expect(origin).toEqual({ kind: 'canary', because: 'only the canary suffers' })
})

test('what is the canary’s alone needs no rollback of the rest, also when it is not grave', () => {
  const { advice } = assess(
    facts({ readings: calm, statements: [says('some-users')], isolatedToCanary: true }),
    policy,
  )

  expect(advice).toBe('roll_back_canary')
})

test('a canary is taken away also where the rest cannot go back: nothing has to be gone back to', () => {
  const { advice, choice } = assessed('auto_rollback', {
    isolatedToCanary: true,
    wayBack: { kind: 'closed', why: ['a migration cannot be undone'] },
  })

  expect({ advice, rule: choice?.rule }).toEqual({
    advice: 'roll_back_canary',
    rule: 'canary-only',
  })
})

test('every rule of the judge is shown with what is behind it', () => {
  const finding = assessed('wait').findings.find(({ signal }) => signal === 'canary')

  expect(finding).toMatchObject({
    rule: 'canary-ratio',
    state: 'unknown',
    measured: 3,
    threshold: 2,
    samples: 5_000,
    query: 'q',
    because: 'it was judged',
    wouldChange: 'Other figures',
  })
})

test('what people add joins what was measured, and the later word counts', () => {
  const { statements: _none, fix: _fix, ...seen } = facts({ readings: calm })
  const said = { by: people.teamLead, at: now }
  const fixIn = (takes: number, isSimple: boolean, id: string) =>
    ({ ...said, what: 'fix', takes: minutes(takes), isSimple, id: deliveryId(id) }) as const

  const joined = factsWith(seen, [
    fixIn(60, false, '1'),
    { ...said, what: 'baseline-suffers', id: deliveryId('2') },
    fixIn(8, true, '3'),
    { ...said, what: 'many-users', id: deliveryId('4') },
    { ...said, what: 'canary-only', id: deliveryId('5') },
  ])

  expect(joined.fix).toEqual({ isSimple: true, takes: minutes(8) })
  expect(joined.isolatedToCanary).toBe(true)
  expect(joined.circumstances.baselineSuffers).toBe(true)
  expect(joined.statements.map(({ what }) => what)).toEqual(['many-users'])
})

test('a signal has answered when one of its rules knows, though another lacks what is normal', () => {
  const { confidence, advice } = assess(
    facts({ readings: [measured('error-rate', { value: 0.001, normal: null })] }),
    policy,
  )

  expect(advice).toBe('watch')
  expect(confidence).toEqual({ level: 'confident', answered: 1, asked: 1 })
})

test('a signal whose only rule cannot say has not answered', () => {
  const { confidence } = assess(
    facts({ readings: [...calm, measured('p95', { value: 0.2, normal: null })] }),
    policy,
  )

  expect(confidence).toMatchObject({ answered: 1, asked: 2 })
})
