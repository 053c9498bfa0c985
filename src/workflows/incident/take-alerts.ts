import { alertEvents, honestStart, worstOf } from '#domain/alerts/alert-events.ts'
import { sourceNames, type TakenAlert } from '#domain/alerts/alert.ts'
import { detectionOf } from '#domain/alerts/detection.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import { earliestBegin } from '#domain/rollback/began.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant } from '#domain/time.ts'
import { StaleSequence } from '#ports/store.ts'
import { incidentFor, unreviewed } from './incident-for.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'ids' | 'executors'>

/**
 * Puts news of alerts on the record of the service's open incident, or opens one where something fires. Taken again after a crash they
 * change nothing. What has ended opens nothing.
 */
export async function takeAlerts(
  ports: Ports,
  service: Service,
  taken: readonly TakenAlert[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const [open] = await ports.timeline.openIncidents(service.id)
    const isTaken =
      open === undefined
        ? await openIncident(ports, service, taken, signal)
        : await ports.timeline.decide(open, (history, now) => added(ports, history, taken, now))
    if (isTaken) return
  }
}

/** False when it was closed meanwhile: what fires now is another one's. */
function added({ policy }: Ports, history: History, taken: readonly TakenAlert[], now: Instant) {
  const state = incidentState(history)
  if (!state || state.closed) return { change: undefined, answer: false }
  const events = alertEvents(state, history, taken, now)
  const change = events.length > 0 ? changeOf(events, { history, now, policy }) : undefined
  return { change, answer: true }
}

/** False when somebody else opened one first. */
async function openIncident(
  ports: Ports,
  service: Service,
  taken: readonly TakenAlert[],
  signal: AbortSignal,
): Promise<boolean> {
  const firing = taken.filter(({ status }) => status === 'firing')
  const [first] = firing
  if (!first) return true
  const { timeline, policy } = ports
  const now = await timeline.now()
  const since = honestStart(firing, now)
  const { opening, startGiven } = await incidentFor(ports, service, since, now)
  if (opening.history.length > 0) return false
  const worst = worstOf(firing)
  const title = firing.find(({ severity }) => severity === worst) ?? first
  const declared: TimelineEvent = {
    kind: 'incident_declared',
    service: service.id,
    severity: worst ?? opening.severity,
    startedAt: await inherited(ports, service, since, startGiven, signal),
    detectedBy: detectionOf[first.source],
    title: `${sourceNames[title.source]}: ${title.summary}`,
    by: null,
    policy: pinnedPolicy(policy),
  }
  const before = incidentState([{ seq: 1, at: now, actor: 'countermand', event: declared }])
  const events = [
    declared,
    ...unreviewed(opening),
    ...(before ? alertEvents(before, [], taken, now) : []),
  ]
  try {
    await timeline.append(opening.incident, 0, changeOf(events, { history: [], now, policy }))
    return true
  } catch (error) {
    if (error instanceof StaleSequence) return false
    throw error
  }
}

/** How long the platform may take to say what runs, where that decides something. */
const lookMs = 5_000

/**
 * The start of an incident that was closed within the day, unless what runs came after it had ended well (docs/decisions/0004). Where
 * the platform does not say, the earlier start counts: what a machine opens never lowers who must decide (threat T134).
 */
async function inherited(
  { executors }: Ports,
  { targets: [target] }: Service,
  since: Instant,
  startGiven: (shippedAt: Instant) => Instant,
  signal: AbortSignal,
): Promise<Instant> {
  const strictest = startGiven(instant(0))
  const executor = target && executors.get(target.executor)
  if (strictest === since || !target || !executor) return strictest
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
    const { running } = await executor.observe(target, limit)
    return startGiven(earliestBegin(running))
  } catch {
    signal.throwIfAborted()
    return strictest
  }
}
