import { pWorse } from '#domain/canary/compare.ts'
import { latency, percent, rate } from '#domain/communication/words.ts'
import { reached } from '#domain/incident/bands.ts'
import type { Service } from '#domain/service.ts'
import { about, type Finding, unknown } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import { availability } from './availability-rule.ts'
import { circuitBreaker, ofProfile } from './profile-rules.ts'
import { failing, killed, notReady, saturation, told } from './instance-rules.ts'
import { isRead, type Read, type Reading, type Signal } from './reading.ts'
import { silence } from './silence.ts'

/** What the readings say of how bad it is (policy §1): each rule answers, also when it is quiet or cannot know. */
export function severityFindings(
  readings: readonly Reading[],
  tier: Service['tier'],
  policy: AssessmentPolicy,
): readonly Finding[] {
  return readings.flatMap((reading) => {
    if (isRead(reading)) return rules[reading.signal](reading, policy, tier)
    const { signal, source, answer } = reading
    const wouldChange =
      answer.kind === 'too_soon' ? 'A few minutes more of this version' : `An answer of ${source}`
    return [unknown(reading, { rule: signal, because: silence(reading), wouldChange })]
  })
}

/** Compares; how many errors there are is another rule's. */
export const againstNormalRule = 'error-rate-against-normal'

type Rule = (reading: Read, policy: AssessmentPolicy, tier: Service['tier']) => readonly Finding[]

const rules: Readonly<Record<Signal, Rule>> = {
  'error-rate': (reading, policy, tier) => [
    errorRate(reading, policy),
    ...againstNormal(reading, policy, tier),
  ],
  p95: (reading, policy) => [latencyAgainstNormal(reading, policy)],
  availability: (reading, policy) => [availability(reading, policy)],
  'not-ready': (reading, policy) => [notReady(reading, policy)],
  memory: (reading, policy) => [
    saturation(reading, 'memory', policy.saturation.memory, policy.decideWithin.memory),
  ],
  cpu: (reading, policy) => [saturation(reading, 'cpu', policy.saturation.cpu, null)],
  failing: (reading, policy) => [failing(reading, policy)],
  restarts: (reading) => [told(reading, 'container restart')],
  'oom-kills': (reading, policy) => [killed(reading, policy)],
  'probe-failures': (reading) => [told(reading, 'failed probe')],
  warnings: (reading) => [told(reading, 'other warning')],
  'client-errors': (reading) => [shown(reading, `4xx ${percent(reading.answer.value)}`)],
  p99: (reading, policy) => [ofProfile(reading, policy, latency)],
  'circuit-breaker': (reading) => [circuitBreaker(reading)],
  'payment-success': (reading, policy) => [ofProfile(reading, policy, percent)],
  'checkout-completion': (reading, policy) => [ofProfile(reading, policy, percent)],
  'page-p95': (reading, policy) => [ofProfile(reading, policy, latency)],
  'search-p95': (reading, policy) => [ofProfile(reading, policy, latency)],
  throughput: (reading) => [shown(reading, againstUsual(reading, rate))],
}

function errorRate(reading: Read, policy: AssessmentPolicy): Finding {
  const { medium } = policy.bands.errorRate
  const { value, requests } = reading.answer
  const few = tooFew(reading, 'error-rate', policy)
  if (few) return few
  const limit = reached(value, policy.bands.errorRate)
  const of = requests === null ? '' : ` of ${requests} requests`
  if (!limit)
    return about(reading, 'quiet', {
      rule: 'error-rate-medium',
      threshold: medium,
      because: `5xx ${percent(value)}${of} is not above ${percent(medium)}`,
      wouldChange: `5xx above ${percent(medium)}`,
    })
  const { usual, critical: soon } = policy.decideWithin
  return about(reading, 'fired', {
    rule: `error-rate-${limit.severity}`,
    severity: limit.severity,
    threshold: limit.above,
    because: `5xx ${percent(value)}${of} is above ${percent(limit.above)}`,
    wouldChange: `5xx of ${percent(limit.above)} or less`,
    decideWithin: limit.severity === 'critical' ? soon : usual,
  })
}

/** Only what chance does not explain counts, and only worse. */
function againstNormal(
  reading: Read,
  { comparison, minRequests, decideWithin }: AssessmentPolicy,
  tier: Service['tier'],
): readonly Finding[] {
  const { value, requests, normal } = reading.answer
  const rule = againstNormalRule
  if (normal === null || requests === null || normal.requests === null)
    return [
      unknown(reading, {
        rule,
        because: 'what is normal for 5xx is not known',
        wouldChange: 'An hour of this service in which nothing was wrong',
      }),
    ]
  if (Math.min(requests, normal.requests) < minRequests) return []
  const isCriticalTier = tier === 'critical'
  const beyond = isCriticalTier ? comparison.pointsOfCriticalTier : comparison.points
  const threshold = Math.min(normal.value * comparison.times, normal.value + beyond)
  const now = { requests, errors: value * requests }
  const before = { requests: normal.requests, errors: normal.value * normal.requests }
  const isBeyond = value > threshold
  const isSure = isBeyond && pWorse(now, before, comparison.minExpected) < comparison.significance
  const compared = `5xx ${percent(value)} against ${percent(normal.value)} as usual`
  if (!isSure)
    return [
      about(reading, 'quiet', {
        rule,
        threshold,
        because: `${compared}: ${isBeyond ? 'more, but chance may explain it' : 'not much more'}`,
        wouldChange: `5xx above ${percent(threshold)}${isBeyond ? ' of more requests' : ''}`,
      }),
    ]
  return [
    about(reading, 'fired', {
      rule,
      severity: isCriticalTier && value > normal.value + beyond ? 'high' : 'medium',
      threshold,
      because: `${compared}, and chance does not explain it`,
      wouldChange: `5xx of ${percent(threshold)} or less`,
      decideWithin: decideWithin.usual,
    }),
  ]
}

function latencyAgainstNormal(reading: Read, policy: AssessmentPolicy): Finding {
  const { value, normal } = reading.answer
  const { high } = policy.bands.p95
  const few = tooFew(reading, 'latency', policy)
  if (few) return few
  if (normal === null || normal.value <= 0)
    return unknown(reading, {
      rule: 'latency-high',
      because: `P95 ${latency(value)}, but what is normal is not known`,
      wouldChange: 'An hour of this service in which nothing was wrong',
    })
  const times = value / normal.value
  const limit = reached(times, policy.bands.p95)
  const compared = `P95 ${latency(value)} (normal ${latency(normal.value)}, ×${times.toFixed(1)})`
  if (!limit)
    return about(reading, 'quiet', {
      rule: 'latency-high',
      threshold: high * normal.value,
      because: `${compared} is not above ×${high}`,
      wouldChange: `P95 above ${latency(high * normal.value)}`,
    })
  const { usual, critical: soon } = policy.decideWithin
  return about(reading, 'fired', {
    rule: `latency-${limit.severity}`,
    severity: limit.severity,
    threshold: limit.above * normal.value,
    because: `${compared} is above ×${limit.above}`,
    wouldChange: `P95 of ${latency(limit.above * normal.value)} or less`,
    decideWithin: limit.severity === 'critical' ? soon : usual,
  })
}

/** `415 requests/s (normal 416 requests/s)`: it decides nothing, and says much. */
function againstUsual({ answer }: Read, say: (value: number) => string): string {
  const normal = answer.normal === null ? 'normal unknown' : `normal ${say(answer.normal.value)}`
  return `${say(answer.value)} (${normal})`
}

const shown = (reading: Read, because: string): Finding =>
  about(reading, 'quiet', {
    rule: reading.signal,
    because,
    wouldChange: 'Nothing: it decides nothing',
  })

function tooFew(
  reading: Read,
  rule: string,
  { minRequests }: AssessmentPolicy,
): Finding | undefined {
  const { requests } = reading.answer
  return requests === null || requests >= minRequests
    ? undefined
    : unknown(reading, {
        rule,
        because: `${requests} requests prove nothing; ${minRequests} are needed`,
        wouldChange: 'More requests',
      })
}
