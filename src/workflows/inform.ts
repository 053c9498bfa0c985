import { windowInTime } from '#domain/authority/matrix.ts'
import { highest, isAtLeast } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { IncidentId, PersonId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { isWorse, type Severity } from '#domain/incident/severity.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { Instant } from '#domain/time.ts'
import { directoryDeadlineMs } from './facts.ts'
import { changeOf } from './record.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'directory' | 'catalogue'>
type Levelled = Extract<Answer, { kind: 'needs_level' }>['what']

/** Puts facts on the timeline against which no rule stands. */
export async function report(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  incident: IncidentId,
  event: TimelineEvent,
  actor: PersonId | 'countermand' = 'countermand',
): Promise<void> {
  await timeline.decide(incident, (history, now) => ({
    change: changeOf([event], { history, now, policy, actor }),
    answer: undefined,
  }))
}

export interface Saying {
  readonly incident: IncidentId
  readonly by: PersonId
  readonly event: (incident: IncidentState) => TimelineEvent
  readonly answer: Answer
  /** What needs the level of this minute; `undefined` when any full member may. */
  readonly levelled: (incident: IncidentState) => Levelled | undefined
}

/** Writes down what a person says about an incident, if they may say it now. */
export async function say(ports: Ports, saying: Saying): Promise<Answer> {
  const { timeline, policy, directory, catalogue } = ports
  const seen = incidentState(await timeline.read(saying.incident))
  const service = seen && catalogue.get(seen.service)
  if (!seen || !service) return { kind: 'nothing_found', what: 'that incident' }
  const standing = await directory.standing(
    saying.by,
    service,
    AbortSignal.timeout(directoryDeadlineMs),
  )
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }
  return timeline.decide<Answer>(saying.incident, (history, now) => {
    const incident = incidentState(history) ?? seen
    const what = saying.levelled(incident)
    const short = what && shortOf(what, incident, standing, now, ports)
    if (short) return { change: undefined, answer: short }
    const event = saying.event(incident)
    return {
      change: changeOf([event], { history, now, policy, actor: saying.by }),
      answer: saying.answer,
    }
  })
}

function shortOf(
  what: Levelled,
  { authorityStart }: IncidentState,
  standing: Extract<Standing, { kind: 'member' }>,
  now: Instant,
  { policy }: Ports,
): Answer | undefined {
  const needs = windowInTime(policy.matrix, authorityStart, now).mayAuthorize
  const holds = highest(standing.roles)
  return holds && isAtLeast(holds, needs)
    ? undefined
    : { kind: 'needs_level', what, needs, holds: holds ?? null }
}

/** Raising the severity is open to every member; lowering it needs the level of this minute (policy §1). */
export function changeSeverity(
  ports: Ports,
  incident: IncidentId,
  to: Severity,
  by: PersonId,
  reason: string,
): Promise<Answer> {
  return say(ports, {
    incident,
    by,
    event: ({ severity }) => ({ kind: 'severity_changed', from: severity, to, reason, by }),
    answer: { kind: 'noted', what: 'severity', text: to },
    levelled: ({ severity }) => (isWorse(severity, to) ? 'lower the severity' : undefined),
  })
}

/** Sends a text that somebody was shown first. What customers read needs the level of this minute (policy §5). */
export function announce(
  ports: Ports,
  incident: IncidentId,
  template: string,
  text: string,
  by: PersonId,
): Promise<Answer> {
  const status = template.startsWith('status-') ? template.slice('status-'.length) : null
  return say(ports, {
    incident,
    by,
    event: () => ({
      kind: 'announced',
      template,
      status,
      to: status === null ? 'channel' : 'status page',
      text,
      by,
    }),
    answer: { kind: 'noted', what: 'announcement', text },
    levelled: () => (status === null ? undefined : 'publish to customers'),
  })
}
