import { limitsFor } from '#domain/assessment/limits.ts'
import type { IncidentId } from '#domain/ids.ts'
import { type SeverityBands, worstBand } from '#domain/incident/bands.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { Figure } from '#domain/incident/figure.ts'
import { isWorse } from '#domain/incident/severity.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { isFollower } from '#domain/rollback/together.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import { brokenTimes } from '#workflows/assessment/broken-times.ts'
import {
  measureNormal,
  type NormalWindow,
  normalWindows,
} from '#workflows/assessment/normal-window.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'metrics' | 'catalogue'>

const signals = [
  ['error-rate', 'errorRate'],
  ['p95', 'p95'],
  ['throughput', 'throughput'],
] as const satisfies readonly (readonly [Figure['signal'], keyof SignalQueries])[]

/** The last five minutes tell what people feel now. */
const nowWindow = minutes(5)
const deadlineMs = 5_000

/** Measures how bad it is, against what is normal, and puts it on the card. Beside the rollback, never in its way. */
export async function measureImpact(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const history = await ports.timeline.read(incident)
  const state = incidentState(history)
  const rollback = rollbacksOf(history).findLast((one) => !isFollower(one))
  const service = rollback && ports.catalogue.get(rollback.service)
  if (!state || !service || !rollback.plan) return
  const now = await ports.timeline.now()
  const abort = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
  const { from } = rollback.plan
  const broken = await brokenTimes(ports.timeline, service.id, incident)
  const normal = normalWindows(from, state.startedAt, broken)
  const when = { now, shippedAt: from.since, normal }
  const measured = await Promise.all(
    signals.map(([name, query]) => figure(ports, service, name, query, when, abort)),
  )
  const figures = measured.flatMap(({ found }) => found ?? [])
  const unavailable = measured.flatMap(({ why }) => why ?? [])
  await ports.timeline.decide(incident, (before, at) => ({
    change: changeOf(
      [
        { kind: 'impact_measured', figures, unavailable },
        ...raised(before, figures, limitsFor(ports.policy, service.id).bands),
      ],
      { history: before, now: at, policy: ports.policy },
    ),
    answer: undefined,
  }))
}

/** What is measured raises the severity to the band it reaches and never lowers it: that is for people (policy §1). */
function raised(
  history: History,
  figures: readonly Figure[],
  bands: SeverityBands,
): readonly TimelineEvent[] {
  const present = incidentState(history)?.severity
  const band = worstBand(figures, bands)
  if (present === undefined || !band || !isWorse(band.severity, present)) return []
  const { severity: to, because: reason } = band
  return [{ kind: 'severity_changed', from: present, to, reason, by: 'countermand' }]
}

interface When {
  readonly now: Instant
  readonly shippedAt: Instant
  readonly normal: readonly NormalWindow[]
}

async function figure(
  { metrics, policy }: Ports,
  service: Service,
  signal: Figure['signal'],
  query: keyof SignalQueries,
  { now, shippedAt, normal: windows }: When,
  abort: AbortSignal,
): Promise<{ readonly found?: Figure; readonly why?: string }> {
  const since = instant(Math.max(shippedAt, now - nowWindow))
  const { minRequests } = policy.rollback.verify
  const [present, normal] = await Promise.all([
    metrics.measure(service, query, { from: since, to: now }, abort),
    measureNormal(metrics, { service, signal: query, windows, minRequests }, abort),
  ])
  if (present.kind === 'not_configured') return {}
  if (present.kind !== 'value')
    return { why: `${signal}: ${present.kind === 'no_data' ? 'no data' : present.why}` }
  return {
    found: {
      signal,
      now: present.value,
      normal: normal.kind === 'value' ? normal.value : null,
      ...(normal.of ? { normalOf: normal.of } : {}),
      requests: present.requests ?? null,
    },
  }
}
