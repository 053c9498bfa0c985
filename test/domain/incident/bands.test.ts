import { expect, test } from 'vitest'
import { defaultBands, worstBand } from '#domain/incident/bands.ts'
import type { Figure } from '#domain/incident/figure.ts'

const errors = (now: number): Figure => ({
  signal: 'error-rate',
  now,
  normal: 0.001,
  requests: 900,
})
const latency = (now: number, normal: number | null = 0.2): Figure => ({
  signal: 'p95',
  now,
  normal,
  requests: 900,
})

test.each([
  [0.01, undefined],
  [0.0101, 'medium'],
  [0.02, 'medium'],
  [0.0201, 'high'],
  [0.05, 'high'],
  [0.0501, 'critical'],
])('5xx of %d is %s: upper bounds belong to the lower band', (share, severity) => {
  expect(worstBand([errors(share)])?.severity).toBe(severity)
})

test.each([
  [0.4, undefined],
  [0.41, 'high'],
  [0.6, 'high'],
  [0.61, 'critical'],
])('a P95 of %d s against 0.2 s is %s', (seconds, severity) => {
  expect(worstBand([latency(seconds)])?.severity).toBe(severity)
})

test('limits of one’s own count instead, and are named', () => {
  const bands = { ...defaultBands, errorRate: { medium: 0.1, high: 0.2, critical: 0.3 } }

  expect(worstBand([errors(0.06)], bands)).toBeUndefined()
  expect(worstBand([errors(0.31)], bands)).toEqual({
    severity: 'critical',
    because: '5xx above 30 %',
  })
})

test('the worst band that any signal reaches wins', () => {
  expect(worstBand([errors(0.03), latency(0.9)])?.severity).toBe('critical')
  expect(worstBand([errors(0.06), latency(0.41)])?.severity).toBe('critical')
})

test('a latency whose normal is not known reaches no band', () => {
  expect(worstBand([latency(9, null)])).toBeUndefined()
})
