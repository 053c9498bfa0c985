import { assess, type Facts } from '#domain/assessment/assess.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { aRevision, checkout } from '../../support/builders.ts'
import { before, facts, measured, now } from '../../domain/assessment/facts.ts'

/** Of checkout, nine minutes after v2.3.0 went out; as bad as the facts are. */
export function anAssessment(own: Partial<Facts> = {}): Extract<Answer, { kind: 'assessed' }> {
  const readings = [
    measured('error-rate', { value: 0.062, normal: 0.001, requests: 23_418 }),
    measured('p95', { value: 0.64, normal: 0.205 }),
    measured('throughput', { value: 78, normal: 80 }),
    measured('not-ready', { value: 0, requests: null }),
  ]
  const known = facts({ readings, ...own })
  return {
    kind: 'assessed',
    service: checkout,
    now,
    running: aRevision('v2.3.0', { since: before(9) }),
    readings: known.readings,
    wayBack: known.wayBack,
    dependencies: known.circumstances.dependencies,
    assessment: assess(known, { ...defaultAssessmentPolicy, bands: defaultBands }),
    curves: [],
  }
}
