import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scrub } from '#scrub.ts'
import { secretOfAnyKind } from './support/secrets.ts'

test('no secret of any known shape survives, whatever stands around it', () => {
  fc.assert(
    fc.property(fc.string(), secretOfAnyKind, fc.string(), (before, { text, secret }, after) => {
      expect(scrub(`${before} ${text} ${after}`)).not.toContain(secret)
    }),
    { numRuns: 2000 },
  )
})

test('a known secret never survives, also where it was written into an address', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 6 }).filter((secret) => !'[secret]'.includes(secret)),
      fc.string(),
      (secret, around) => {
        const text = scrub(`${around}${secret}${around}?x=${encodeURIComponent(secret)}`, [secret])
        expect(text).not.toContain(secret)
      },
    ),
  )
})

test('doing it twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string(), secretOfAnyKind, fc.string(), (before, { text }, after) => {
      const once = scrub(before + text + after)
      expect(scrub(once)).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test.each([
  'Rolling back checkout from v2.3.0 to v2.2.1 at 14:31:05 UTC',
  'basic authentication is required; the bearer of this message is unknown',
  'GET http://prometheus.monitoring:9090/api/v1/query?query=up@offset 200',
  'see https://shop.example:8443/mail?to=somebody@shop.example',
  'image registry.example/shop/checkout@sha256:9f1c0d',
  'secretName: checkout-tls, tokenReview ok, passwordless login',
  'task-force xox and the box-office',
])('an ordinary line stays as it is: %s', (line) => {
  expect(scrub(line)).toBe(line)
})

test('what stands around a secret stays readable', () => {
  expect(scrub('connect postgres://bot:hunter2@db.shop.example:5432/bot failed')).toBe(
    'connect postgres://bot:[secret]@db.shop.example:5432/bot failed',
  )
  expect(scrub('{"password":"hunter2","user":"bot"}')).toBe('{"password":"[secret]","user":"bot"}')
  expect(scrub('Authorization: Bearer abc.def-123456')).toBe('Authorization: Bearer [secret]')
})

test('T079 long texts without an end do not take long', () => {
  const long = [
    'a://'.repeat(20_000),
    `-----BEGIN PRIVATE KEY-----${'A'.repeat(200_000)}`,
    'eyJ'.repeat(50_000),
    `bearer ${'a'.repeat(200_000)}`,
    'password='.repeat(20_000),
    'xoxb-'.repeat(40_000),
  ]

  // The processor's time, of which others take nothing.
  const started = process.cpuUsage()
  for (const text of long) scrub(text)

  expect(process.cpuUsage(started).user).toBeLessThan(2_000_000)
})
