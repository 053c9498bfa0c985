import { assess, type Facts } from '#domain/assessment/assess.ts'
import { type Curve, kept } from '#domain/assessment/curve.ts'
import type { AssessmentEvent } from '#domain/assessment/events.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { type AssessmentState, assessmentState } from '#domain/assessment/state.ts'
import { assessmentId, deliveryId } from '#domain/ids.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { before, facts, measured, now } from '../../domain/assessment/facts.ts'
import { checkout, people } from '../../support/builders.ts'

export const theAssessment = assessmentId('as-0123456789abcdef0123')
const about = { assessment: theAssessment, service: checkout } as const

/** Of checkout, nine minutes after v2.3.0 went out; as bad as the facts are. */
export function wasAssessed(
  own: Partial<Facts> = {},
  curves: readonly Curve[] = [],
): Extract<AssessmentEvent, { kind: 'assessed' }> {
  const readings = [
    measured('error-rate', { value: 0.062, normal: 0.001, requests: 23_418 }),
    measured('p95', { value: 0.64, normal: 0.205 }),
    measured('throughput', { value: 78, normal: 80 }),
    measured('not-ready', { value: 0, requests: null }),
  ]
  const known = facts({ readings, ...own })
  const { statements: _statements, fix: _fix, ...seen } = known
  return {
    kind: 'assessed',
    ...about,
    cause: 'asked',
    by: people.onCall,
    delivery: deliveryId('d10'),
    measured: seen,
    statements: known.statements.map((said, index) => ({
      ...said,
      id: deliveryId(`said-${index}`),
    })),
    found: assess(known, { ...defaultAssessmentPolicy, bands: defaultBands }),
    policy: '3f9ac2d41b07',
    before: null,
    curves: curves.flatMap((curve) => kept(curve) ?? []),
  }
}

/** Every other event of an assessment, in an order in which they happen. */
export const pressed = {
  shown: { kind: 'assessment_shown', ...about, channel: 'C0CHECKOUT', ts: '1700000000.000100' },
  stated: {
    kind: 'impact_stated',
    ...about,
    by: people.teamLead,
    delivery: deliveryId('d11'),
    said: { what: 'data-loss' },
  },
  withdrawn: {
    kind: 'statement_withdrawn',
    ...about,
    by: people.teamLead,
    delivery: deliveryId('d12'),
    said: { what: 'data-loss', by: people.teamLead, at: now, id: deliveryId('d11') },
  },
  watched: {
    kind: 'service_watch_begun',
    ...about,
    by: people.onCall,
    delivery: deliveryId('d13'),
    until: before(-15),
  },
  ended: {
    kind: 'service_watch_ended',
    ...about,
    because: 'time',
    by: 'countermand',
    looks: 15,
    from: { advice: 'roll_back', severity: 'critical' },
    to: { advice: 'watch', severity: 'low' },
    since: before(-7),
  },
  noIncident: {
    kind: 'no_incident_said',
    ...about,
    by: people.onCall,
    delivery: deliveryId('d14'),
    reason: 'a load test that was announced',
  },
  asked: { kind: 'owner_asked', ...about, by: people.onCall, delivery: deliveryId('d15') },
} as const satisfies Readonly<Record<string, AssessmentEvent>>

export function anAssessmentState(
  first: AssessmentEvent = wasAssessed(),
  ...more: readonly AssessmentEvent[]
): AssessmentState {
  const rows = [first, ...more].map(
    (event, index) => ({ seq: index + 1, at: now, actor: people.onCall, event }) as const,
  )
  const state = assessmentState(rows)
  if (!state) throw new Error('no assessment')
  return state
}

export const anAssessment = (own: Partial<Facts> = {}) =>
  ({ kind: 'assessed', assessment: anAssessmentState(wasAssessed(own)) }) as const
