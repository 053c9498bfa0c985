import { count, percent, span } from '#domain/communication/words.ts'
import { between, type Micros } from '#domain/time.ts'
import { about, type Finding, unknown } from './finding.ts'
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
      because: `no instance is ready: nothing serves${inBrackets(reading.answer.detail)}`,
      wouldChange: 'One ready instance',
      decideWithin: policy.decideWithin.critical,
    })
  const bound = policy.saturation.notReady
  const text =
    value === 0
      ? reading.answer.detail === undefined
        ? 'every instance is ready'
        : `as many instances are ready as are wanted, and others are not${inBrackets(reading.answer.detail)}`
      : `${percent(value)} of the instances are not ready${inBrackets(reading.answer.detail)}`
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

/**
 * More than some are past their start-up and have not been ready for minutes (policy §4, readiness): what is shipped does not come
 * up. It is high, as whatever would be rolled back without anybody deciding. While an instance is starting nobody can say.
 */
export function failing(reading: Read, policy: AssessmentPolicy): Finding {
  const { value, pending = 0, detail } = reading.answer
  const bound = policy.saturation.notReady
  const { sustained, startUp } = policy.instances
  const text = `${percent(value)} of the instances have not been ready for ${span(sustained)} after their start${inBrackets(detail)}`
  if (value > bound)
    return about(reading, 'fired', {
      rule: 'readiness-sustained',
      severity: 'high',
      threshold: bound,
      because: `${text}, more than ${percent(bound)}`,
      wouldChange: `At most ${percent(bound)} that fail`,
      decideWithin: policy.decideWithin.usual,
    })
  if (pending > 0)
    return unknown(reading, {
      rule: 'readiness-sustained',
      because: `${count(pending, 'instance')} may still be starting: too early to say`,
      wouldChange: `${span(startUp + sustained)} after the start`,
    })
  return about(reading, value > 0 ? 'sign' : 'quiet', {
    rule: 'readiness-sustained',
    threshold: bound,
    because: value > 0 ? text : `no instance fails to get ready`,
    wouldChange: `More than ${percent(bound)} that fail`,
  })
}

/** Memory that grows until the platform ends it has the clock of memory. */
export function killed(reading: Read, policy: AssessmentPolicy): Finding {
  const finding = told(reading, 'instance', 'killed for want of memory')
  return finding.state === 'sign'
    ? { ...finding, decideWithin: policy.decideWithin.memory }
    : finding
}

/** Counted, and never a verdict alone (policy §4): the platform mends much of it by itself. */
export function told(reading: Read, noun: string, more = ''): Finding {
  const { from, to, answer } = reading
  const { value, detail } = answer
  const what = `${value === 0 ? `no ${noun}` : count(value, noun)}${more && ` ${more}`}`
  return about(reading, value > 0 ? 'sign' : 'quiet', {
    rule: reading.signal,
    threshold: 0,
    because: `${what} in ${span(between(from, to))}${inBrackets(detail)}`,
    wouldChange: value > 0 ? `None in ${span(between(from, to))}` : 'One',
  })
}

const inBrackets = (detail: string | undefined): string =>
  detail === undefined || detail === '' ? '' : ` (${detail})`
