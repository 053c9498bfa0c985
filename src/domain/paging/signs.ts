import type { Finding } from '#domain/assessment/finding.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Figure } from '#domain/incident/figure.ts'
import { type Level, levels, type Sign, signs } from './levels.ts'

export interface Seen {
  readonly sign: Sign
  readonly because: string
}

/** What of a policy says how loud something is. */
export type PagingLimits = Pick<AssessmentPolicy, 'paging' | 'bands' | 'minRequests'>

/** The loudest thing that an event is a sign of; `undefined` for most. Limits are strict: what lies on one is no sign. */
export function signOf(event: TimelineEvent, limits: PagingLimits): Seen | undefined {
  return signsOf(event, limits).toSorted((a, b) => rank(a) - rank(b))[0]
}

export const levelOf = ({ sign }: Seen): Level => signs[sign]

const rank = (seen: Seen): number => levels.indexOf(levelOf(seen))

function signsOf(event: TimelineEvent, limits: PagingLimits): readonly Seen[] {
  switch (event.kind) {
    case 'countdown_begun':
      return [{ sign: 'automatic-rollback', because: rolledBackBy(event.fired) }]
    case 'rollback_requested':
      return event.fired ? [{ sign: 'automation-asks', because: event.fired.because }] : []
    case 'impact_measured':
      return event.figures.flatMap((figure) => ofFigure(figure, limits))
    case 'assessed':
      return event.found.findings.flatMap((finding) => ofFinding(finding, limits))
    case 'step_failed':
    case 'undo_failed':
      return event.left === undefined
        ? []
        : [{ sign: 'left-halfway', because: firstSentence(event.message) }]
    case 'verified':
      return event.outcome === 'recovered'
        ? [{ sign: 'rolled-back', because: 'the rollback has helped' }]
        : []
    default:
      return []
  }
}

const firstSentence = (message: string): string => message.split('. ', 1)[0] ?? message

const rolledBackBy = ({ rule, because }: { readonly rule: string; readonly because: string }) =>
  `an automatic rollback fired (${rule}: ${because})`

function ofFigure(
  { signal, now, normal, requests }: Figure,
  limits: PagingLimits,
): readonly Seen[] {
  if (requests !== null && requests < limits.minRequests) return []
  if (signal === 'error-rate') return serverErrors(now, limits)
  return signal === 'p95' ? slowness(now, normal, limits) : []
}

function ofFinding(
  { signal, state, measured, normal }: Finding,
  limits: PagingLimits,
): readonly Seen[] {
  if (state === 'unknown' || measured === null) return []
  switch (signal) {
    case 'error-rate':
      return serverErrors(measured, limits)
    case 'p95':
      return slowness(measured, normal, limits)
    case 'payment-success':
      return payments(measured, limits)
    default:
      return []
  }
}

const serverErrors = (share: number, { paging: { errorRate } }: PagingLimits): readonly Seen[] =>
  share > errorRate
    ? [{ sign: 'server-errors', because: `5xx ${exactly(share)}, above ${exactly(errorRate)}` }]
    : []

const payments = (share: number, { paging: { paymentSuccess } }: PagingLimits): readonly Seen[] =>
  share < paymentSuccess
    ? [
        {
          sign: 'payment-success',
          because: `${exactly(share)} of the payments succeed, below ${exactly(paymentSuccess)}`,
        },
      ]
    : []

function slowness(now: number, normal: number | null, { bands }: PagingLimits): readonly Seen[] {
  if (normal === null || normal <= 0 || now / normal <= bands.p95.high) return []
  const times = `${(now / normal).toFixed(1)} times normal`
  return [{ sign: 'latency', because: `P95 ${times}, above ${bands.p95.high} times` }]
}

/** So that what is a little beyond a limit reads so. */
const exactly = (share: number): string => `${Number((share * 100).toPrecision(4))} %`
