import { required, unraised, windowInTime } from '#domain/authority/matrix.ts'
import { highest, isAtLeast, type Role, rankOf } from '#domain/authority/role.ts'
import type { AutomationEvent } from '#domain/automation/events.ts'
import { automationState, isOff } from '#domain/automation/state.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import { clock } from '#domain/communication/words.ts'
import {
  automationOf,
  type DeliveryId,
  type PersonId,
  type RollbackId,
  type ServiceId,
} from '#domain/ids.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type Instant, minutes, plus } from '#domain/time.ts'
import { changeOfAutomation, tellIncident } from './record.ts'
import { control } from '#workflows/rollback/control.ts'
import { policiesBeside } from '#workflows/incident/note-configuration.ts'
import { changeOf } from '#workflows/record.ts'
import { directoryDeadlineMs, strictestStart } from '#workflows/facts.ts'
import type { Click } from '#workflows/click.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'catalogue' | 'policy' | 'timeline' | 'directory'>
type Switched = Extract<AutomationEvent, { kind: 'automation_switched' }>

export interface Switch {
  readonly service: ServiceId
  readonly to: 'on' | 'off'
  /** Null only for what is switched on. */
  readonly until: Instant | null
  readonly by: PersonId
  readonly reason: string
  readonly delivery: DeliveryId
}

/** Off at the level of this minute (policy §5); on again at the same, and no lower than who switched it off. */
export async function switchAutomation(ports: Ports, asked: Switch): Promise<Answer> {
  const { catalogue, directory, timeline } = ports
  const service = catalogue.get(asked.service)
  if (!service)
    return {
      kind: 'unknown_service',
      typed: asked.service,
      nearest: nearestNames(catalogue, asked.service),
    }
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const [standing, level] = await Promise.all([
    directory.standing(asked.by, service, signal),
    levelNow(ports, service.id),
  ])
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }
  const holds = highest(standing.roles) ?? null
  const answer = await timeline.decide<Answer>(automationOf(service.id), (history, now) => {
    const state = automationState(history)
    const no = (why: string) =>
      ({ change: undefined, answer: { kind: 'not_written', why } }) as const
    if (!state || service.automation === undefined)
      return no(`Nothing is done to ${service.id} by itself: no automation is configured for it.`)
    const isRepeated = history.some(
      ({ event }) => 'delivery' in event && event.delivery === asked.delivery,
    )
    if (isRepeated)
      return { change: undefined, answer: { kind: 'automation', service: service.id, state } }
    if (asked.to === 'off' && asked.until !== null && asked.until <= now)
      return no(`${clock(asked.until, now)} is over already.`)
    if (asked.to === 'on' && !isOff(state, now))
      return no(`Automation of ${service.id} is not switched off.`)
    const needs = atLeast(level, asked.to === 'on' ? (state.off?.as ?? null) : null)
    if (holds === null || !isAtLeast(holds, needs)) {
      const what = `switch automation ${asked.to}` as const
      return { change: undefined, answer: { kind: 'needs_level', what, needs, holds } }
    }
    const event = switched(asked, holds)
    const after = automationState([
      ...history,
      { seq: history.length + 1, at: now, actor: asked.by, event },
    ])
    return {
      change: changeOfAutomation([event], history, now),
      answer: { kind: 'automation', service: service.id, state: after ?? state },
    }
  })
  if (answer.kind === 'automation' && holds !== null)
    await tellIncident(ports, switched(asked, holds))
  return answer
}

/** How long a countdown that was stopped keeps automation from starting another. */
const pausedFor = minutes(60)

/** From the card of a countdown: stops it, and switches automation off for an hour. Whoever may cancel may do so. */
export async function pauseAutomation(
  ports: Ports & Pick<World, 'revisions' | 'executors'>,
  click: Click,
): Promise<Answer> {
  const answer = await control(ports, 'pause-automation', click)
  if (answer.kind !== 'decided') return answer
  const { service, as } = answer
  const stream = automationOf(service)
  await ports.timeline.decide(stream, (history, now) => {
    const isThere = history.some(
      ({ event }) => 'delivery' in event && event.delivery === click.delivery,
    )
    const asked = {
      service,
      to: 'off',
      until: plus(now, pausedFor),
      by: click.by,
      reason: 'paused on the card of a countdown',
      delivery: click.delivery,
    } as const
    if (isThere || !automationState(history)) return { change: undefined, answer: undefined }
    const event = switched(asked, as === 'requester' ? 'on-call-engineer' : as)
    return { change: changeOfAutomation([event], history, now), answer: undefined }
  })
  await drawAgain(ports, click.rollback)
  return answer
}

/** The card says whether automation is on, and may have been drawn before it was off. */
async function drawAgain({ timeline, policy }: Ports, rollback: RollbackId): Promise<void> {
  const incident = await timeline.incidentOf(rollback)
  if (incident === undefined) return
  await timeline.decide(incident, (history, now) => {
    const change = changeOf([], { history, now, policy })
    return { change: { ...change, notices: [{ kind: 'card', rollback }] }, answer: undefined }
  })
}

const switched = ({ service, to, until, by, reason, delivery }: Switch, as: Role): Switched => ({
  kind: 'automation_switched',
  automation: automationOf(service),
  service,
  to,
  until: to === 'off' ? until : null,
  by,
  as,
  reason,
  delivery,
})

/** The strictest of every open incident; without one, the first window's. */
async function levelNow({ timeline, policy }: Ports, service: ServiceId): Promise<Role> {
  const [now, [open]] = await Promise.all([timeline.now(), timeline.openIncidents(service)])
  const incident = open === undefined ? undefined : incidentState(await timeline.read(open))
  const policies = incident?.policies ?? (await policiesBeside({ timeline, policy }))
  const { matrix } = policyInForce({ policies }, policy)
  const start =
    open && incident
      ? await strictestStart(timeline, service, { incident: open, start: incident.authorityStart })
      : now
  return required(windowInTime(matrix, start, now), unraised).role
}

const atLeast = (one: Role, other: Role | null): Role =>
  other === null || rankOf(one) >= rankOf(other) ? one : other
