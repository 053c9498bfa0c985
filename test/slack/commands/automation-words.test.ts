import { expect, test } from 'vitest'
import { automationWords } from '#slack/commands/automation-words.ts'
import { wordsOf } from '#slack/commands/words.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { serviceId } from '#domain/ids.ts'
import { seconds } from '#domain/time.ts'
import { aService, at } from '../../support/builders.ts'

const now = at('14:30:00')
const catalogue = new Map([['checkout', aService()]])
const read = (typed: string) =>
  automationWords(wordsOf(typed), { command: '/rollback automation', catalogue, now })
const problems = (typed: string) => {
  const asked = read(typed)
  return asked.kind === 'answer' && asked.answer.kind === 'usage' ? asked.answer.problems : asked
}

test('as people say it and as it is typed are the same', () => {
  const said = read('off for checkout until 18:00 --reason "a load test"')

  expect(said).toEqual({
    kind: 'off',
    services: ['checkout'],
    until: at('18:00:00'),
    reason: 'a load test',
  })
  expect(read('off checkout --until 18:00 --reason a load test')).toEqual(said)
  expect(read('off checkout --reason a load test --until 3h30m')).toEqual(said)
})

test('what may happen is shown, and switched on again', () => {
  expect(read('checkout')).toEqual({ kind: 'show', services: ['checkout'] })
  expect(read('on checkout --reason "it is over"')).toEqual({
    kind: 'on',
    services: ['checkout'],
    until: null,
    reason: 'it is over',
  })
})

test('what is missing is said, each in a sentence', () => {
  expect(problems('')).toEqual(['Name the service.'])
  expect(problems('off checkout')).toEqual([
    'Say why: put it behind --reason.',
    'Say until when with --until: how long (2h), or a time in UTC (18:00).',
  ])
  expect(problems('off checkout --until tonight --reason x')).toEqual([
    'Say until when with --until: how long (2h), or a time in UTC (18:00).',
  ])
  expect(problems('off checkout --until 31d --reason x')).toEqual([
    '--until reaches 30 days at most. For longer, say mode: off in the configuration.',
  ])
  expect(problems('on checkout --until 2h --reason x')).toEqual(['--until goes with off.'])
  expect(problems('checkout --reason x')).toEqual(['Say off or on in front.'])
  expect(problems('off checkout payments --until 2h --reason x')).toEqual([
    '“payments” was not understood.',
  ])
  expect(read('chekout')).toMatchObject({
    answer: { kind: 'unknown_service', nearest: ['checkout'] },
  })
})

test('everything is each service that automation is configured for', () => {
  const automation = { mode: 'on', countdownMicros: seconds(30), triggers: ['alert'] } as const
  const configured = new Map([
    ['checkout', aService({ automation })],
    ['cart', aService({ id: serviceId('cart') })],
    ['search', aService({ id: serviceId('search'), automation })],
  ])
  const words = wordsOf('off everything --until 1h --reason "a storm"')
  const asked = (given: Catalogue) =>
    automationWords(words, { command: '/rollback automation', catalogue: given, now })

  expect(asked(configured)).toMatchObject({ kind: 'off', services: ['checkout', 'search'] })
  expect(asked(catalogue)).toMatchObject({ kind: 'answer', answer: { kind: 'not_written' } })
})
