import type { IncidentId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { PinnedPolicy } from '#domain/incident/policy-in-force.ts'
import type { Severity } from '#domain/incident/severity.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import { between, earliest, type Instant, type Micros } from '#domain/time.ts'
import { strictestStart } from '#workflows/facts.ts'
import { policiesBeside } from './note-configuration.ts'
import type { World } from '#workflows/world.ts'

export interface Opening {
  readonly incident: IncidentId
  /** Empty when the incident is a new one. */
  readonly history: History
  /** What authority is reckoned from. */
  readonly start: Instant
  readonly severity: Severity
  /** Those that it was worked on under; of a new one, what counts beside the policy of this process. */
  readonly policies: readonly PinnedPolicy[]
}

/** What the record of a new incident says of policies that count beside the one it is declared under (threat T154). */
export const unreviewed = ({ policies }: Pick<Opening, 'policies'>): readonly TimelineEvent[] =>
  policies.map((policy) => ({ kind: 'policy_unreviewed', policy }))

/**
 * The open incident of the service, or a new one. A new one inherits the start of one closed less than 24 h ago (policy §1), so
 * that closing and reopening resets no clock – unless what runs was shipped after the earlier one had ended well: that is another
 * incident.
 */
export async function incidentFor(
  { timeline, ids, policy }: Pick<World, 'timeline' | 'ids' | 'policy'>,
  service: Service,
  since: Instant,
  now: Instant,
): Promise<{ readonly opening: Opening; startGiven(shippedAt: Instant): Instant }> {
  const [open] = await timeline.openIncidents(service.id)
  if (open !== undefined) {
    const history = await timeline.read(open)
    const {
      severity = defaultSeverity(service),
      policies = [],
      authorityStart = since,
    } = incidentState(history) ?? {}
    const own = { incident: open, start: earliest(since, authorityStart) }
    const start = await strictestStart(timeline, service.id, own)
    const opening = { incident: open, history, start, severity, policies }
    return { opening, startGiven: () => start }
  }
  const [last] = await timeline.recentIncidents(service.id, 1)
  const before = last === undefined ? undefined : incidentState(await timeline.read(last))
  const within = policy.rollback.reopenWithinMicros
  return {
    opening: {
      incident: ids.incident(service.id),
      history: [],
      start: since,
      severity: defaultSeverity(service),
      policies: await policiesBeside({ timeline, policy }),
    },
    startGiven: (shippedAt) =>
      before && reopens(before, now, within, shippedAt)
        ? earliest(since, before.authorityStart)
        : since,
  }
}

function reopens(
  { closed }: IncidentState,
  now: Instant,
  within: Micros,
  shippedAt: Instant,
): boolean {
  if (!closed || between(closed.at, now) >= within) return false
  return closed.because !== 'stable' || shippedAt <= closed.at
}

/** Nobody asks for a rollback for nothing; a person or a measurement may say otherwise. */
const defaultSeverity = (service: Service): Severity =>
  service.tier === 'critical' ? 'critical' : 'high'
