import { about, type Finding } from './finding.ts'
import type { AssessmentPolicy } from './policy.ts'
import type { Read } from './reading.ts'
import { hasFired, isOfTooFew } from './score.ts'
import { silenceTitle } from './silence.ts'

/** What only a profile judges: a sign where its row fires, or where it would be told; without a profile it is shown. */
export function ofProfile(
  reading: Read,
  { profile, minRequests }: AssessmentPolicy,
  say: (value: number) => string,
): Finding {
  const { signal, answer } = reading
  const row = profile?.rows.find((one) => one.signal === signal)
  const text = `${silenceTitle(signal)} ${say(answer.value)}`
  if (!row)
    return about(reading, 'quiet', {
      rule: signal,
      because: text,
      wouldChange: 'Nothing: it decides nothing without a profile',
    })
  if (isOfTooFew(reading, minRequests))
    return about(reading, 'unknown', {
      rule: signal,
      because: `${text}, but ${answer.requests} requests prove nothing; ${minRequests} are needed`,
      wouldChange: 'More requests',
    })
  const of = row.fires === 'timesNormal' ? (answer.normal?.value ?? Number.NaN) : 1
  const bound = row.limit * of
  const isTold = row.alertFrom !== undefined && answer.value > row.alertFrom
  const way = row.fires === 'below' ? 'below' : 'above'
  const opposite = row.fires === 'below' ? 'at least' : 'at most'
  if (Number.isNaN(bound))
    return about(reading, 'unknown', {
      rule: signal,
      because: `${text}, but what is normal is not known`,
      wouldChange: 'An hour of this service in which nothing was wrong',
    })
  const state = hasFired(row, reading) === true || isTold ? 'sign' : 'quiet'
  return about(reading, state, {
    rule: signal,
    threshold: bound,
    because: hasFired(row, reading) ? `${text}, ${way} ${say(bound)}` : text,
    wouldChange:
      state === 'sign' ? `${opposite} ${say(row.alertFrom ?? bound)}` : `${way} ${say(bound)}`,
  })
}

/** Half open is not closed (policy §4). */
export function circuitBreaker(reading: Read): Finding {
  const isClosed = reading.answer.value === 0
  return about(reading, isClosed ? 'quiet' : 'sign', {
    rule: 'circuit-breaker',
    threshold: 0,
    because: isClosed ? 'the circuit breaker is closed' : 'the circuit breaker is not closed',
    wouldChange: isClosed ? 'One that opens' : 'One that is closed',
  })
}
