import type { Severity } from '#domain/incident/severity.ts'
import { about, type Finding } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { Read } from './reading.ts'

/** The share of good health checks (policy §1). */
export function availability(reading: Read, policy: AssessmentPolicy): Finding {
  const { value } = reading.answer
  const { medium, critical } = policy.availability
  const limit = [
    { severity: 'critical', bound: critical },
    { severity: 'medium', bound: medium },
  ].find(({ bound }) => value < bound)
  const text = `${exactly(value)} of the health checks were good`
  if (!limit)
    return about(reading, 'quiet', {
      rule: 'availability-medium',
      threshold: medium,
      because: `${text}, not below ${exactly(medium)}`,
      wouldChange: `Less than ${exactly(medium)} good health checks`,
    })
  return about(reading, 'fired', {
    rule: `availability-${limit.severity}`,
    severity: limit.severity as Severity,
    threshold: limit.bound,
    because: `${text}, below ${exactly(limit.bound)}`,
    wouldChange: `At least ${exactly(limit.bound)} good health checks`,
    decideWithin:
      limit.severity === 'critical'
        ? policy.decideWithin.critical
        : policy.decideWithin.availability,
  })
}

/** Where the third nine decides, it is shown. */
const exactly = (share: number): string => `${Number((share * 100).toFixed(2))} %`
