import type { Facts } from '#domain/assessment/assess.ts'
import type { CanaryCompared } from '#domain/assessment/canary-findings.ts'
import type { Answer, Reading, Signal } from '#domain/assessment/reading.ts'
import type { Impact, StatedKind } from '#domain/assessment/statement.ts'
import type { Verdict } from '#domain/canary/finding.ts'
import { type PersonId, personId, serviceId } from '#domain/ids.ts'
import { instant, micros, minutes, plus } from '#domain/time.ts'

export const now = instant(Date.UTC(2026, 10, 21, 14, 30) * 1_000)
export const before = (length: number) => instant(now - minutes(length))
const by: PersonId = personId('U0ONCALL1')

interface Value {
  readonly value: number
  readonly requests?: number | null
  /** Null: what is normal is not known. */
  readonly normal?: number | null
}

export const reading = (signal: Signal, answer: Answer): Reading => ({
  signal,
  source: 'Prometheus',
  query: `${signal}[$window]`,
  from: before(5),
  to: now,
  answer,
})

export const measured = (
  signal: Signal,
  { value, requests = 20_000, normal = null }: Value,
): Reading =>
  reading(signal, {
    kind: 'value',
    value,
    requests,
    normal: normal === null ? null : { value: normal, requests: 200_000, of: 'hour-before' },
  })

export const silent = (signal: Signal, why?: string) =>
  reading(signal, why === undefined ? { kind: 'no_data' } : { kind: 'unavailable', why })

export const says = (what: StatedKind): Impact => ({ what, by, at: now })
export const losing = (share: number): Impact => ({ what: 'revenue', share, by, at: now })

/** A deploy nine minutes ago after which the figures went wrong within two, and an open way back. */
export const facts = (own: Partial<Facts> = {}): Facts => ({
  tier: 'standard',
  readings: [],
  statements: [],
  circumstances: {
    now,
    deployed: { version: 'v2.3.0', at: before(9), orEarlier: false },
    onset: before(7),
    dependencies: [],
    baselineSuffers: null,
  },
  wayBack: { kind: 'open', to: 'v2.2.1', because: 'last version verified good', warnings: [] },
  isolatedToCanary: false,
  fix: null,
  ...own,
})

export const simpleFix = (takes: number) => ({ isSimple: true, takes: minutes(takes) })
export const sickSince = (service: string, length: number) => ({
  service: serviceId(service),
  state: 'sick' as const,
  since: before(length),
})
export const longAgo = plus(now, micros(-minutes(3 * 24 * 60)))

/** A canary that was compared, and nothing more said of it than that. */
export const aCanary = (verdict: Verdict, own: Partial<CanaryCompared> = {}): CanaryCompared => ({
  since: before(10),
  source: 'Prometheus',
  query: 'q',
  from: before(180),
  to: now,
  windows: [],
  isAlone: false,
  judgement: { verdict, delaySeconds: 0, because: 'It was judged', findings: [] },
  ...own,
})
