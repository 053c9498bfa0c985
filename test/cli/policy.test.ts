import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { triggersText } from '#cli/explain-triggers.ts'
import { elapsedOf } from '#cli/policy-who.ts'
import { micros, minutes, seconds } from '#domain/time.ts'
import { aPolicy, aService } from '../support/builders.ts'
import { run, withoutHash } from './support.ts'

test('says who may decide at every window and on its boundaries', async () => {
  const moments = [
    '0m',
    '14m59.999999s',
    '15m',
    '22m',
    '29m59.999999s',
    '30m',
    '59m59s',
    '1h',
    '48h',
  ]
  const answers = await Promise.all(
    moments.map(
      async (at) =>
        `$ policy who checkout --at ${at}\n${(await run(`policy who checkout --at ${at}`)).out}\n`,
    ),
  )

  await expect(answers.join('\n')).toMatchFileSnapshot('../golden/cli/policy-who.txt')
})

test('says when a service needs two people, and what one level more means', async () => {
  expect((await run('policy who payments')).out).toContain('Two people: whoever asks')
  expect((await run('policy who checkout')).out).toContain('One person is enough')
  expect((await run('policy who checkout --levels 1')).out).toMatch(/^now {3}team lead/m)
  expect((await run('policy who checkout --at 1h --levels 1')).out).toContain(
    'together with a second person who is VP engineering or above',
  )
})

test('an unknown service is answered with the nearest names, never picked', async () => {
  expect(await run('policy who chekout')).toEqual({
    code: 1,
    out: '',
    err: 'There is no service chekout. Did you mean checkout?',
  })
})

test('every length of time is read to the microsecond', () => {
  expect(elapsedOf('22m')).toBe(minutes(22))
  expect(elapsedOf('1h30m')).toBe(minutes(90))
  expect(elapsedOf('90s')).toBe(seconds(90))
  expect(elapsedOf('14m59.999999s')).toBe(micros(minutes(15) - 1))
  fc.assert(
    fc.property(fc.nat(100), fc.nat(59), fc.nat(59), fc.nat(999_999), (h, m, s, us) => {
      const text = `${h}h${m}m${s}.${String(us).padStart(6, '0')}s`
      expect(elapsedOf(text)).toBe(((h * 60 + m) * 60 + s) * 1_000_000 + us)
    }),
  )
})

test.each(['', '22', '-5m', '5 m', '1e3s', '5m3h', 'm', 'soon', '9999999m'])(
  'the time %j is not guessed at',
  async (at) => {
    expect(() => elapsedOf(at)).toThrow('--at takes a time such as 22m')
  },
)

test('a sound file is said to be so, a bad one is listed with every problem', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'countermand-')), 'bad.yaml')
  writeFileSync(path, 'organisation: ""\nslak: 1\n')

  const sound = await run('policy check docs/config.example.yaml')
  const bad = await run(`policy check ${path}`)

  expect(sound).toMatchObject({ code: 0, out: expect.stringContaining('2 services, 1 cluster') })
  expect(bad.code).toBe(1)
  expect(bad.err.split('\n')).toEqual([
    'bad.yaml:1: organisation: must not be empty.',
    'bad.yaml:1: roles: is missing (a group of settings).',
    'bad.yaml:1: services: is missing (a group of settings).',
    'bad.yaml:2: slak: is not known; did you mean slack?',
    '',
    '4 problems.',
  ])
})

test('a file that is not there is said so', async () => {
  expect(await run('policy check nowhere.yaml')).toMatchObject({
    code: 1,
    err: expect.stringContaining(
      'The configuration, as COUNTERMAND_CONFIG or the command names it, cannot be read (ENOENT): nowhere.yaml',
    ),
  })
})

const ownLimits = 'limits: { errorRateCriticalPercent: 4 }'
const ownTriggers =
  'limits: { errorRateCriticalPercent: 4, triggerErrorRatePercent: 3, triggerErrorRateForSeconds: 120, canaryMinRequests: 10000 }'

test('says which numbers hold for a service, where each comes from, and what its profile weighs', async () => {
  const path = exampleWith(ownLimits, `profile: e-commerce\n      ${ownTriggers}`, (text) =>
    text.replace(
      'policy: # only',
      'policy:\n  limits: { minRequests: 50, triggerMemoryPercent: 88 }\n  # only',
    ),
  )
  const explain = async (service: string) =>
    `$ policy explain ${service}\n${(await run(`policy explain ${service} --config ${path}`)).out}\n`

  await expect(
    withoutHash(`${await explain('checkout')}\n${await explain('payments')}`),
  ).toMatchFileSnapshot('../golden/cli/policy-explain.txt')
})

test('a trigger that acts only where it is named is told so before anybody names it', () => {
  const service = aService({ signals: { cpu: 'c', circuitBreaker: 'b' } })
  const lines = triggersText(service, aPolicy())

  for (const name of ['circuit-breaker', 'saturation'])
    expect(lines.find((line) => line.includes(` ${name} `))).toMatch(
      /^– .* – acts only where it is named$/,
    )
  expect(lines.find((line) => line.includes(' cpu '))).toMatch(/^✓ /)
})

test('what saturation has to prove before it acts is told where it is named', () => {
  const automation = { mode: 'on', countdownMicros: seconds(30), triggers: ['saturation'] } as const
  const told = triggersText(aService({ signals: { cpu: 'c' }, automation }), aPolicy())

  expect(told.join('\n')).toContain(
    'saturation: a comparison with normal needs 1000 requests on either side, and 3 × 5 min after 5 min of warm-up; otherwise people are asked',
  )
})

test('numbers of a service that contradict what holds for everybody are a problem of its line', async () => {
  const path = exampleWith(ownLimits, 'limits: { errorRateHighPercent: 6 }')

  const { code, err } = await run(`policy check ${path}`)

  expect(code).toBe(1)
  expect(err).toContain(
    'services.checkout.policy.limits: errorRateHighPercent (6) must be below errorRateCriticalPercent (5)',
  )
})

test.each([
  [
    'canaryAskTimes: 3',
    'services.checkout.policy.limits: canaryAskTimes (3) must be below canaryRollBackTimes (2)',
  ],
  ['triggerErrorRatePercent: 101', 'services.checkout.policy.limits.triggerErrorRatePercent'],
  ['triggerErrorRatePercents: 3', 'triggerErrorRatePercents'],
])('a number of a trigger that cannot be is a problem of its line: %s', async (own, said) => {
  const { code, err } = await run(`policy check ${exampleWith(ownLimits, `limits: { ${own} }`)}`)

  expect(code).toBe(1)
  expect(err).toContain(said)
})

/** The example of the docs with something else in it, as a file. */
function exampleWith(
  part: string,
  instead: string,
  more: (text: string) => string = (text) => text,
): string {
  const text = readFileSync('docs/config.example.yaml', 'utf8')
  expect(text).toContain(part)
  const path = join(mkdtempSync(join(tmpdir(), 'policy-')), 'countermand.yaml')
  writeFileSync(path, more(text.replace(part, instead)))
  return path
}
