import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import { kpis } from '#domain/communication/kpis.ts'
import { automationState } from '#domain/automation/state.ts'
import { automationOf, type ServiceId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Observed } from '#ports/executor.ts'
import { sentence } from '#workflows/planning/blocker-sentence.ts'
import { newestPromotion } from '#workflows/promotion/stream.ts'
import { messageOf } from './turn.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'catalogue' | 'timeline' | 'executors'>

const lookDeadlineMs = 10_000

/** What may happen to a service by itself, and who switched it off. */
export async function automation(ports: Ports, id: ServiceId): Promise<Answer> {
  if (!ports.catalogue.has(id)) return unknown(ports, id)
  return { kind: 'automation', service: id, state: await automationOn(ports, id) }
}

/** `undefined` for a service that has none. */
export const automationOn = async ({ timeline }: Pick<Ports, 'timeline'>, id: ServiceId) =>
  automationState(await timeline.read(automationOf(id)))

/** What runs, and what is under way. Answers although the platform may be away. */
export async function status(ports: Ports, id: ServiceId): Promise<Answer> {
  const service = ports.catalogue.get(id)
  if (!service) return unknown(ports, id)
  const [seen, open, automatic, newest] = await Promise.all([
    lookAt(ports, service),
    openOf(ports, service),
    automationOn(ports, id),
    newestPromotion(ports, id),
  ])
  const last = open.length > 0 ? undefined : await lastOf(ports, service)
  return {
    kind: 'status',
    service: id,
    running: 'observed' in seen ? seen.observed.running : undefined,
    ...('observed' in seen ? servesOf(seen.observed) : {}),
    unreachable: 'why' in seen ? seen.why : undefined,
    ...(automatic ? { automation: automatic } : {}),
    ...(newest && !newest.ended ? { promotion: newest } : {}),
    open,
    last,
  }
}

/** Every version there is or was, with image, age, who shipped it and what is known of it. */
export async function history(ports: Ports, id: ServiceId): Promise<Answer> {
  const service = ports.catalogue.get(id)
  if (!service) return unknown(ports, id)
  const seen = await lookAt(ports, service)
  if ('why' in seen)
    return {
      kind: 'trouble',
      what: seen.why,
      done: 'Nothing was changed.',
      next: 'Try again, or look at the cluster directly.',
    }
  return {
    kind: 'history',
    service: id,
    running: seen.observed.running,
    ...servesOf(seen.observed),
    candidates: seen.candidates,
  }
}

const servesOf = ({ serves }: Observed) => (serves === undefined ? {} : { serves })

/** What runs and what could run, or why that cannot be seen. */
export async function lookAt(
  { executors }: Pick<Ports, 'executors'>,
  service: Service,
  signal = AbortSignal.timeout(lookDeadlineMs),
) {
  const target = service.targets[0]
  const executor = target && executors.get(target.executor)
  if (!target || !executor)
    return { why: `${service.id} has no target that can be looked at` } as const
  try {
    const observed = await executor.observe(target, signal)
    const [blocker] = observed.blockers.filter(
      ({ kind }) => kind === 'cannot_reach' || kind === 'not_allowed',
    )
    if (blocker) return { why: sentence(blocker) } as const
    return { observed, candidates: await executor.candidates(target, observed) } as const
  } catch (error) {
    return { why: `${target.title} did not answer: ${messageOf(error)}` } as const
  }
}

async function openOf({ timeline }: Ports, service: Service) {
  const incidents = await timeline.openIncidentsAbout(service.id)
  const all = await Promise.all(
    incidents.map(async (incident) => {
      const events = await timeline.read(incident)
      const state = incidentState(events)
      return state ? [{ incident, state, rollbacks: rollbacksOf(events) }] : []
    }),
  )
  return all.flat()
}

async function lastOf({ timeline }: Ports, service: Service) {
  const [incident] = await timeline.recentIncidents(service.id, 1)
  const events = incident === undefined ? [] : await timeline.read(incident)
  const state = incidentState(events)
  return incident !== undefined && state ? { incident, state, durations: kpis(events) } : undefined
}

const unknown = ({ catalogue }: Ports, typed: ServiceId): Answer => ({
  kind: 'unknown_service',
  typed,
  nearest: nearestNames(catalogue, typed),
})
