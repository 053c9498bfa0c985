import type { Teller } from '#domain/alerts/alert.ts'
import type { OwnLimits } from '#domain/assessment/limits.ts'
import type { ProfileName } from '#domain/assessment/profiles.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import type { Trigger } from '#domain/automation/triggers.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { between, instant, minutes, seconds } from '#domain/time.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Delivered } from '#ports/delivery.ts'
import { signsOf } from '#workflows/automation/signs.ts'
import {
  aHistory,
  anIncident,
  aPolicy,
  aRevision,
  aService,
  at,
  declared,
} from '../../support/builders.ts'
import { everyEvent } from '../../support/every-event.ts'

export const now = at('14:30:00')
const never = new AbortController().signal

/** Minutes before now in, the figure of that minute out; null where nothing was measured. */
type Figures = Readonly<Partial<Record<keyof SignalQueries, (minutesAgo: number) => number | null>>>
export interface Situation {
  readonly triggers: readonly Trigger[]
  readonly figures: Figures
  readonly deployed?: number
  readonly orEarlier?: boolean
  readonly combine?: 'all'
  readonly profile?: ProfileName
  /** Null: nobody counts them. */
  readonly requests?: number | null
  /** Of the hour that is normal, where they are others. */
  readonly usualRequests?: number
  /** Share of instances that fail, by the platform. */
  readonly failing?: number
  /** An alert that asks for a rollback has fired for so many minutes. */
  readonly alerted?: number
  /** Who has said so, where it is not Alertmanager; others than that ask for nothing. */
  readonly teller?: Teller
  /** A canary has failed beside a version that does not, for so many minutes. */
  readonly canary?: number
  /** What runs beside it fails such a share, all the same. */
  readonly beside?: number
  /** What Flagger says. */
  readonly delivered?: Delivered
  /** What was not measured could not be read. */
  readonly unread?: boolean
  /** Numbers of the service’s own. */
  readonly limits?: OwnLimits
}

const metricsOf = (
  figures: Figures,
  {
    requests = 20_000,
    usualRequests = requests ?? undefined,
    canary,
    beside = 0.001,
    unread,
  }: Partial<Situation>,
): Metrics => ({
  source: 'Prometheus',
  async measure(_service, signal, { from, to }) {
    const value = figures[signal]?.(between(instant((from + to) / 2), now) / minutes(1))
    if (value === undefined) return { kind: 'not_configured' }
    if (unread && Number.isNaN(value))
      return { kind: 'unavailable', why: 'no answer', query: signal }
    return value === null || Number.isNaN(value)
      ? { kind: 'no_data', query: signal }
      : {
          kind: 'value',
          value,
          requests: (to - from > minutes(5) ? usualRequests : requests) ?? undefined,
          query: signal,
        }
  },
  async curve(_service, signal, { from, to }, step) {
    const figure = figures[signal]
    if (!figure) return { kind: 'not_configured' }
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
      const moment = instant(from + index * step)
      return { at: moment, value: figure(between(moment, now) / minutes(1)) }
    })
    return { kind: 'points', points, query: signal }
  },
  async counts(_service, arm, { from, to }, step) {
    if (canary === undefined) return { kind: 'not_configured' }
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
      const moment = instant(from + index * step)
      const serves = arm === 'baseline' || between(moment, now) < minutes(canary)
      const count = serves ? (step / minutes(1)) * 1_000 : null
      const errors = count === null ? null : count * (arm === 'canary' ? 0.1 : beside)
      return { at: moment, requests: count, errors }
    })
    return { kind: 'counted', points, query: arm }
  },
})

/** Every sign of a service in such a situation. */
export function signs({ triggers, figures, ...more }: Situation) {
  const service = aService({
    signals: Object.fromEntries(Object.keys(figures).map((signal) => [signal, signal])),
    canary: more.canary
      ? { arms: { canary: 'new', baseline: 'old' }, requests: 'r', errors: 'e' }
      : undefined,
    automation: {
      mode: 'on',
      countdownMicros: seconds(30),
      triggers,
      ...(more.combine ? { combine: more.combine } : {}),
    },
  })
  const failing: Reading = {
    signal: 'failing',
    source: 'prod',
    query: 'pods',
    from: now,
    to: now,
    answer: { kind: 'value', value: more.failing ?? 0, requests: null, normal: null, instances: 9 },
  }
  return signsOf(
    {
      metrics: metricsOf(figures, more),
      policy: aPolicy({
        own: {
          checkout: {
            ...(more.profile ? { profile: more.profile } : {}),
            ...(more.limits ? { limits: more.limits } : {}),
          },
        },
      }),
      timeline: { recentIncidents: async () => [], read: async () => [] },
    },
    {
      service,
      running: aRevision('v2.3.0', {
        since: instant(now - minutes(more.deployed ?? 30)),
        ...(more.orEarlier ? { orEarlier: true } : {}),
      }),
      now,
      incident: more.alerted === undefined ? undefined : alertedFor(more.alerted, more.teller),
      instances: async () => [failing],
      delivered: async () => more.delivered ?? { kind: 'none' },
    },
    never,
  )
}

const alertedFor = (ago: number, teller?: Teller) => {
  const startsAt = instant(now - minutes(ago))
  const said = teller ? ({ source: teller, name: 'release', asks: null } as const) : {}
  return anIncident(
    aHistory(
      ['14:29:00', declared()],
      ['14:29:00', { ...everyEvent.alert_fired, startsAt, ...said }],
    ),
  )
}

/** So much since the version went out, and as much as usual before. */
export const since = (deployed: number, bad: number, good: number) => (ago: number) =>
  ago < deployed ? bad : good
export const always = (value: number | null) => () => value
