import { expect, test } from 'vitest'
import { seconds } from '#domain/time.ts'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const signals = { errorRate: { query: 'e' }, memory: { query: 'm' } }
const file = (
  automation: Readonly<Record<string, unknown>> | undefined,
  more: Readonly<Record<string, unknown>> = {},
) =>
  aFile({
    services: { checkout: aService({ signals, ...more, ...(automation && { automation }) }) },
  })
const read = (text: string) => [...configOf({}, text).catalogue.values()][0]?.automation

test('nothing happens by itself where nobody has said so', () => {
  expect(read(file(undefined))).toBeUndefined()
})

test('what is left out is half a minute, and the usual triggers that the service can be measured by', () => {
  expect(read(file({ mode: 'on' }))).toEqual({
    mode: 'on',
    countdownMicros: seconds(30),
    triggers: ['error-rate', 'memory', 'alert'],
  })
})

test('a breaker, saturation and a pipeline act only where they are named', () => {
  const more = { signals: { ...signals, circuitBreaker: { query: 'b' } } }
  const named = ['circuit-breaker', 'saturation', 'pipeline']

  expect(read(file({ mode: 'on' }, more))?.triggers).toEqual(['error-rate', 'memory', 'alert'])
  expect(read(file({ mode: 'on', triggers: named }, more))?.triggers).toEqual(named)
})

test('what is said counts', () => {
  const said = { mode: 'dry-run', countdownSeconds: 0, triggers: ['alert'] }

  expect(read(file(said))).toEqual({ mode: 'dry-run', countdownMicros: 0, triggers: ['alert'] })
})

test('all that are named are asked for together, or a profile weighs beside them', () => {
  const named = { mode: 'on', triggers: ['error-rate', 'memory'] }

  expect(read(file({ ...named, combine: 'any' }))).not.toHaveProperty('combine')
  expect(read(file({ ...named, combine: 'all' }))).toMatchObject({
    combine: 'all',
    triggers: ['error-rate', 'memory'],
  })
  expect(
    read(file({ ...named, combine: 'weighted' }, { policy: { profile: 'general' } }))?.triggers,
  ).toEqual(['error-rate', 'memory', 'score'])
})

test('every mistake has its sentence', () => {
  const problems = (...given: Parameters<typeof file>) =>
    problemsOf(file(...given)).map((line) => line.replace(/^x\.yaml:\d+: services\.checkout\./, ''))

  expect(problems({ mode: 'always' })).toEqual([
    'automation.mode: must be one of off, dry-run, on.',
  ])
  expect(problems({})).toEqual(['automation.mode: is missing: one of off, dry-run, on.'])
  expect(problems({ mode: 'on', triggers: ['latency-p95', 'error-rate', 'error-rate'] })).toEqual([
    'automation.triggers[1]: latency-p95 can never fire: it needs signals.p95.',
    'automation.triggers[3]: error-rate is named twice.',
  ])
  expect(problems({ mode: 'on', triggers: ['canary-error-rate'] })).toEqual([
    'automation.triggers[1]: canary-error-rate can never fire: it needs canary.',
  ])
  expect(problems({ mode: 'on', triggers: ['circuit-breaker'] })).toEqual([
    'automation.triggers[1]: circuit-breaker can never fire: it needs signals.circuitBreaker.',
  ])
  expect(
    problems({ mode: 'on', triggers: ['saturation'] }, { signals: { errorRate: { query: 'e' } } }),
  ).toEqual([
    'automation.triggers[1]: saturation can never fire: it needs signals.cpu or signals.memory.',
  ])
  expect(problems({ mode: 'on', triggers: ['score'] })[0]).toContain(
    'automation.triggers[1]: must be one of error-rate, latency-p95,',
  )
  expect(problems({ mode: 'on', combine: 'weighted' })).toEqual([
    'automation.combine: is weighted, but nothing weighs: it needs policy.profile.',
  ])
  expect(problems({ mode: 'on', combine: 'all' })).toEqual([
    'automation.combine: is all: name the triggers that must fire together, at least two.',
  ])
  expect(problems({ mode: 'on', combine: 'all', triggers: ['error-rate', 'saturation'] })).toEqual([
    'automation.combine: is all, but nobody can say for how long saturation has fired: leave one of them out.',
  ])
  expect(problems({ mode: 'on', triggers: [] })).toEqual([
    'automation.triggers: must name at least one trigger, or be left out for the usual ones that can be measured.',
  ])
  expect(problems({ mode: 'on', triggers: ['errors'] })[0]).toContain(
    'automation.triggers[1]: must be one of error-rate, latency-p95,',
  )
  expect(problems({ mode: 'on', countdownSeconds: -1 })).toEqual([
    'automation.countdownSeconds: must be at least 0.',
  ])
  expect(problems({ mode: 'on' }, { approval: { twoPerson: true } })).toEqual([
    'automation.mode: is on, but approval.twoPerson asks for two people: use dry-run, or take twoPerson away.',
  ])
  expect(problems({ mode: 'dry-run' }, { approval: { twoPerson: true } })).toEqual([])
  expect(problems({ mode: 'on', countdown: 5 })[0]).toContain('automation.countdown: is not known')
})
