import { type AutomationDecision, decideAutomation, isOldNews } from '#domain/automation/decide.ts'
import {
  type AutomationState,
  automationState,
  hasFired,
  isOff,
  isTooOften,
  mostInADay,
  unfinished,
} from '#domain/automation/state.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { originOf } from '#domain/assessment/origin.ts'
import type { AutomationId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { Delivered } from '#ports/delivery.ts'
import { type Instant, instant } from '#domain/time.ts'
import { changeOfAutomation, tellIncident } from './record.ts'
import { pastOf } from './past.ts'
import { signsOf } from './signs.ts'
import { carryOut } from './carry-out-automation.ts'
import { readInstances } from '#workflows/assessment/instances.ts'
import { measureService } from '#workflows/assessment/measure-service.ts'
import { lookAt } from '#workflows/tell.ts'
import type { World } from '#workflows/world.ts'

/** Nobody waits for an answer: what is asked of others may take this much longer than while somebody does. */
const patient = 3
const lookMs = 10_000

/**
 * One look at a service that may be rolled back by itself, and what follows from it. Call it again after a crash: what was written
 * counts, and what was begun is carried out once. Two at once do no harm, because only one of them can write that it fired.
 */
export async function automate(
  world: World,
  stream: AutomationId,
  signal: AbortSignal,
): Promise<void> {
  const { timeline, catalogue } = world
  const began = await timeline.now()
  const state = automationState(await timeline.read(stream))
  const service = state && catalogue.get(state.service)
  // Where a service is gone, or this process knows nothing of its automation, another one may.
  if (!state || !service) return rest(world, stream, began)
  await comeBack(world, stream)
  const before = unfinished(state)
  if (before) await carryOut(world, stream, before)
  else await act(world, stream, state, service, signal)
  if (!signal.aborted) await rest(world, stream, began)
}

async function act(
  world: World,
  stream: AutomationId,
  state: AutomationState,
  service: Service,
  signal: AbortSignal,
): Promise<void> {
  const now = await world.timeline.now()
  if (service.automation === undefined || state.settings.mode === 'off' || isOff(state, now)) return
  const seen = await look(world, state, service, now, signal)
  if (!seen || seen.decision.kind === 'quiet' || signal.aborted) return
  const firing = await fire(world, stream, seen.running, seen.decision)
  if (!firing || signal.aborted) return
  // A rollback tells of itself.
  if (firing.event.effect === 'tell') await tellIncident(world, firing.event)
  await carryOut(world, stream, firing)
}

/** The cheap questions first: what makes sure is asked only where something fires. */
async function look(
  world: World,
  state: AutomationState,
  service: Service,
  now: Instant,
  signal: AbortSignal,
): Promise<{ readonly running: Revision; readonly decision: AutomationDecision } | undefined> {
  const [target] = service.targets
  const abort = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
  const platform = await lookAt(world, service, abort)
  if (!target || !('observed' in platform)) return undefined
  const { running } = platform.observed
  const [open] = await world.timeline.openIncidents(service.id)
  const incident = open === undefined ? undefined : incidentState(await world.timeline.read(open))
  const limits = limitsFor(world.policy, service.id)
  const observed = Promise.resolve(platform)
  const instances = async () =>
    (await readInstances(world, service, { now, limits, observed }, abort)).readings
  const delivery = world.executors.get(target.executor)?.delivery
  const delivered = async (): Promise<Delivered> =>
    (await delivery?.look(target, abort)) ?? { kind: 'none' }
  const looking = { service, running, incident, now, instances, delivered }
  const all = await signsOf(world, looking, abort)
  const signs = all.filter((sign) => !isOldNews(state, running.id, sign))
  const [first] = signs
  if (!first) return undefined
  const startedAt = instant(Math.min(...signs.map(({ fired }) => fired.from)))
  const patience = (world.patience ?? 1) * patient
  const [{ measured }, past] = await Promise.all([
    measureService({ ...world, patience }, service, { now, startedAt }),
    pastOf(world, target.workload, running.id),
  ])
  const { onset, ...around } = measured.circumstances
  const alerted = signs.flatMap(({ fired }) => (fired.alert === undefined ? [] : fired.from))
  const began = [...alerted, ...(onset === null ? [] : [onset])]
  const seen = { ...around, onset: began.length > 0 ? instant(Math.min(...began)) : null }
  const decision = decideAutomation({
    now,
    state,
    running: { revision: running.id, version: running.name },
    signs,
    origin: originOf(seen, limits),
    ...past,
  })
  return { running, decision }
}

/** Written down before anything is done, and once: whoever comes second finds it there. */
async function fire(
  { timeline }: Pick<World, 'timeline'>,
  stream: AutomationId,
  running: Revision,
  decision: Exclude<AutomationDecision, { kind: 'quiet' }>,
) {
  return timeline.decide(stream, (history, now) => {
    const state = automationState(history)
    const { kind: effect, fired, why, countdown } = decision
    if (!state || isOff(state, now) || hasFired(state, running.id, effect, fired))
      return { change: undefined, answer: undefined }
    const about = { automation: stream, service: state.service } as const
    const event = {
      kind: 'automation_fired',
      ...about,
      revision: running.id,
      version: running.name,
      effect,
      fired,
      why,
      countdownMicros: countdown,
    } as const
    const breaker = {
      kind: 'automation_switched',
      ...about,
      to: 'off',
      until: null,
      by: 'countermand',
      as: null,
      reason: `${mostInADay} automatic rollbacks in a day`,
      isBreaker: true,
    } as const
    const isLast = effect === 'countdown' && isTooOften(state, now)
    return {
      change: changeOfAutomation(isLast ? [event, breaker] : [event], history, now),
      answer: { seq: history.length + 1, at: now, event, isCarriedOut: false },
    }
  })
}

/** What was switched off for a time says so when it is on again. */
async function comeBack(
  { timeline }: Pick<World, 'timeline'>,
  stream: AutomationId,
): Promise<void> {
  await timeline.decide(stream, (history, now) => {
    const state = automationState(history)
    if (!state?.off || isOff(state, now)) return { change: undefined, answer: undefined }
    const event = {
      kind: 'automation_switched',
      automation: stream,
      service: state.service,
      to: 'on',
      until: null,
      by: 'countermand',
      as: null,
      reason: 'the time it was switched off for is over',
    } as const
    return { change: changeOfAutomation([event], history, now), answer: undefined }
  })
}

/** Notes when to look again: reckoned from when this look began, however long it took. */
const rest = (
  { timeline }: Pick<World, 'timeline'>,
  stream: AutomationId,
  began: Instant,
): Promise<void> =>
  timeline.decide(stream, (history) => ({
    change: changeOfAutomation([], history, began),
    answer: undefined,
  }))
