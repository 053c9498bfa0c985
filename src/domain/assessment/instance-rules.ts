import { percent } from '#domain/communication/words.ts'
import type { Micros } from '#domain/time.ts'
import { about, type Finding } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { Read } from './reading.ts'

/** None ready is the service down; some are a sign. */
export function notReady(reading: Read, policy: AssessmentPolicy): Finding {
  const { value } = reading.answer
  if (value >= 1)
    return about(reading, 'fired', {
      rule: 'service-down',
      severity: 'critical',
      threshold: 1,
      because: 'no instance is ready: nothing serves',
      wouldChange: 'One ready instance',
      decideWithin: policy.decideWithin.critical,
    })
  const bound = policy.saturation.notReady
  const text =
    value === 0 ? 'every instance is ready' : `${percent(value)} of the instances are not ready`
  return value > bound
    ? about(reading, 'sign', {
        rule: 'readiness',
        threshold: bound,
        because: `${text}, more than ${percent(bound)}`,
        wouldChange: `At most ${percent(bound)} that are not ready`,
      })
    : about(reading, 'quiet', {
        rule: 'readiness',
        threshold: bound,
        because: text,
        wouldChange: `More than ${percent(bound)} that are not ready`,
      })
}

export function saturation(
  reading: Read,
  rule: string,
  bound: number,
  decideWithin: Micros | null,
): Finding {
  const { value } = reading.answer
  const isAbove = value > bound
  return about(reading, isAbove ? 'sign' : 'quiet', {
    rule,
    threshold: bound,
    because: `${rule === 'cpu' ? 'CPU' : 'memory'} at ${percent(value)}`,
    wouldChange: isAbove ? `At most ${percent(bound)}` : `More than ${percent(bound)}`,
    decideWithin: isAbove ? decideWithin : null,
  })
}

export function counted(reading: Read, what: string): Finding {
  const { value } = reading.answer
  return about(reading, value > 0 ? 'sign' : 'quiet', {
    rule: reading.signal,
    threshold: 0,
    because: `${value} ${what}`,
    wouldChange: value > 0 ? 'None' : 'One',
  })
}
