import { limitOf } from '#domain/assessment/limits.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { isRead, type Signal } from '#domain/assessment/reading.ts'
import type { Look, Replayed, Stretch, Trouble } from '#domain/assessment/replay.ts'
import type { Acted, MeasuredTime } from '#domain/automation/replay.ts'
import { boundOf } from '#domain/automation/series.ts'
import type { AutomationSettings } from '#domain/automation/settings.ts'
import type { SeriesTrigger } from '#domain/automation/triggers.ts'
import { clock, latency, percent, stamp } from '#domain/communication/words.ts'
import type { ServiceId } from '#domain/ids.ts'
import { earliest, hours, type Instant, instant, type Micros, minutes, plus } from '#domain/time.ts'
import { type Band, chart, type Line } from '#pictures/chart.ts'
import type { Window } from '#ports/metrics.ts'

export interface Pictured {
  readonly service: ServiceId
  readonly window: Window
  readonly looks: readonly Look[]
  /** How far apart looks are where they were measured; those of people are as they come. */
  readonly time?: Pick<MeasuredTime, 'every'>
  readonly troubles: readonly Trouble[]
  readonly replayed: Replayed
  readonly acted: readonly Acted[]
  readonly automation: AutomationSettings
  readonly limits: AssessmentPolicy
}

const fills = { alarm: '#f4c7cd', wrong: '#fbe0a8', trouble: '#616061', mark: '#1264a3' }
/** So few readings are single looks of people. */
const fewReadings = 60
/** A line does not go on over a time in which nobody looked; one that is looked at every hour is looked at all the time. */
const longestGap = ({ time }: Pictured): Micros =>
  minutes(Math.max(30, (1.5 * (time?.every ?? 0)) / minutes(1)))

/** The figures of a replay over time, where its rules begin to act, and what was decided when: an SVG; `undefined` where nothing was measured. */
export function replayPicture(pictured: Pictured): string | undefined {
  const { service, window, troubles, replayed, acted } = pictured
  const gap = longestGap(pictured)
  const lines = panels.flatMap((panel) => lineOf(panel, pictured, gap))
  if (lines.length === 0) return undefined
  const bands = [
    ...replayed.stretches.flatMap((one, index) =>
      one.isAlarm
        ? [
            band(
              { from: one.from, to: heldUntil(one, replayed.stretches[index + 1], gap) },
              one.isFalse ? fills.wrong : fills.alarm,
            ),
          ]
        : [],
    ),
    ...troubles.map((one): Band => ({ ...band(one, fills.trouble), isBar: true })),
  ]
  const isLong = window.to - window.from > hours(24)
  return chart(
    lines,
    acted.map(({ from, effect }) => ({
      at: secondsOf(from),
      text: effect === 'countdown' ? 'counts down' : 'asks people',
    })),
    { from: secondsOf(window.from), to: secondsOf(window.to) },
    (at) =>
      isLong
        ? stamp(instant(at * 1_000_000)).slice(5, 16)
        : clock(instant(at * 1_000_000)).slice(0, 5),
    {
      title: `${service}, ${stamp(window.from)} to ${stamp(window.to)}`,
      newest: 'last',
      bands,
      key: [
        { fill: fills.alarm, text: 'to be rolled back' },
        { fill: fills.wrong, text: 'a false alarm' },
        { fill: fills.trouble, text: 'incident on record' },
        { fill: fills.mark, text: 'automation' },
      ],
    },
  )
}

/** What was decided holds until something else is, while somebody looks. */
const heldUntil = ({ to }: Stretch, next: Stretch | undefined, gap: Micros): Instant =>
  earliest(plus(to, gap), next?.from ?? to)

interface Panel {
  readonly signal: Signal
  readonly title: string
  readonly say: (value: number) => string
  readonly rule: SeriesTrigger
  /** A share that should be high is drawn as what is missing from it. */
  readonly isMissing?: true
}

const panels: readonly Panel[] = [
  { signal: 'error-rate', title: '5xx', say: percent, rule: 'error-rate' },
  { signal: 'p95', title: 'P95', say: latency, rule: 'latency-p95' },
  {
    signal: 'payment-success',
    title: 'Payments that fail',
    say: percent,
    rule: 'payment-success',
    isMissing: true,
  },
  {
    signal: 'checkout-completion',
    title: 'Checkouts not completed',
    say: percent,
    rule: 'checkout-completion',
    isMissing: true,
  },
  { signal: 'cpu', title: 'CPU', say: percent, rule: 'cpu' },
  { signal: 'memory', title: 'Memory', say: percent, rule: 'memory' },
]

function lineOf(panel: Panel, of: Pictured, gap: Micros): readonly Line[] {
  const { looks, limits, automation } = of
  const { signal, title, say, isMissing } = panel
  const shown = (value: number) => (isMissing ? 1 - value : value)
  const readings = looks.map(({ measured }) => ({
    at: measured.circumstances.now,
    reading: measured.readings.filter(isRead).find((one) => one.signal === signal),
  }))
  const usual = readings.findLast(({ reading }) => reading)?.reading?.answer.normal?.value ?? null
  const points = readings.map(({ at, reading }) => ({
    at,
    value: reading ? shown(reading.answer.value) : null,
  }))
  if (points.every(({ value }) => value === null)) return []
  return [
    {
      title,
      say,
      normal: usual === null ? null : shown(usual),
      bounds: boundsOf(panel, limits, automation, usual),
      points: withGaps(points, gap),
      ...(points.length <= fewReadings ? { dots: true } : {}),
    },
  ]
}

/** Where an assessment rolls back, and where automation begins to count: gravest last, so that the first bound is never left out. */
function boundsOf(
  { signal, rule, isMissing }: Panel,
  limits: AssessmentPolicy,
  automation: AutomationSettings,
  usual: number | null,
): NonNullable<Line['bounds']> {
  const bound = automation.triggers.includes(rule)
    ? boundOf(rule, automation, minutes(1), limits.judge)?.bound
    : undefined
  const high =
    signal === 'error-rate'
      ? limits.bands.errorRate.high
      : signal === 'p95' && usual !== null
        ? limits.bands.p95.high * usual
        : undefined
  return [
    ...(high === undefined
      ? []
      : [
          {
            value: high,
            text: `high${signal === 'p95' ? ` ×${limitOf(limits, 'p95HighTimes')}` : ''}`,
          },
        ]),
    ...(bound === undefined ? [] : [{ value: isMissing ? 1 - bound : bound, text: 'automation' }]),
  ]
}

function withGaps(
  points: readonly { readonly at: Instant; readonly value: number | null }[],
  gap: Micros,
): Line['points'] {
  return points.flatMap(({ at, value }, index) => {
    const before = points[index - 1]?.at
    return [
      ...(before !== undefined && at - before > gap
        ? [{ at: secondsOf(before) + 1, value: null }]
        : []),
      { at: secondsOf(at), value },
    ]
  })
}

const band = (
  { from, to }: { readonly from: Instant; readonly to: Instant },
  fill: string,
): Band => ({
  from: secondsOf(from),
  to: secondsOf(to),
  fill,
})

const secondsOf = (at: Instant): number => at / 1_000_000
