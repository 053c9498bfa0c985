import { expect, test } from 'vitest'
import { brokenText } from '#domain/automation/words.ts'

test('what was broken is said in the units that people use', () => {
  expect(
    brokenText('error-rate', {
      measured: 0.062,
      threshold: 0.05,
      sustainedSeconds: 300,
      breaks: 'above',
    }),
  ).toBe('the error rate has been above 5 % for 5 min, never below 6.2 %')
  expect(
    brokenText('latency-p95', {
      measured: 2.4,
      threshold: 2,
      sustainedSeconds: 600,
      breaks: 'above',
    }),
  ).toBe('the P95 has been above 2 s for 10 min, never below 2.4 s')
  expect(
    brokenText('payment-success', {
      measured: 0.991,
      threshold: 0.995,
      sustainedSeconds: 0,
      breaks: 'below',
    }),
  ).toBe('successful payments have been below 99.5 %, never above 99.1 %')
})
