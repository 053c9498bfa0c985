import { whoDecides } from '#domain/authority/who-decides.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { DeliveryId, PlanDigest, RollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { earliestBegin } from '#domain/rollback/began.ts'
import { rollbackOrder } from '#domain/rollback/order.ts'
import { type Blocker, mayLose, type Plan } from '#domain/rollback/plan.ts'
import { raiseFor } from '#domain/rollback/raise.ts'
import type { RollbackRequest, TogetherRequest } from '#domain/rollback/request.ts'
import { mostTogether, type Together } from '#domain/rollback/together.ts'
import type { Service } from '#domain/service.ts'
import { earliest, type Instant } from '#domain/time.ts'
import { StaleSequence, WorkloadTaken } from '#ports/store.ts'
import { alreadyUnderWay } from './already-under-way.ts'
import { changedAllTheTime, mostAgain } from './again.ts'
import { directoryDeadlineMs, standingOf } from '#workflows/facts.ts'
import { raiseOfAll, togetherBefore } from './asked-together.ts'
import { incidentFor, type Opening } from '#workflows/incident/incident-for.ts'
import { makePlan, type PlanResult } from '#workflows/planning/make-plan.ts'
import { homeOf, severityOf, stricterStart } from './together-opening.ts'
import { atOnce, openingEvents } from './opening.ts'
import { digestOfAll } from '#workflows/planning/plan-digest.ts'
import { nobodyReachable } from './reachability.ts'
import { changeOf } from '#workflows/record.ts'
import { previewRollback, requestRollback } from './request-rollback.ts'
import { startOf, startTooEarly } from './stated-start.ts'
import { makeWay } from '#workflows/make-way.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<
  World,
  'catalogue' | 'policy' | 'timeline' | 'executors' | 'revisions' | 'directory' | 'ids'
>

interface One {
  readonly service: Service
  readonly rollback: RollbackId
  readonly plan: Plan
  readonly digest: PlanDigest
}

interface Proposal {
  /** In the order in which they are carried out. */
  readonly all: readonly One[]
  readonly digest: PlanDigest
  readonly opening: Opening
  /** Whose incident it is. */
  readonly home: Service
  readonly now: Instant
  readonly inForce: Policy
}

/** How long looking at the platforms may take before the person is told that they did not answer. */
const planningDeadlineMs = 20_000

/**
 * Several services, one after the other under one approval. All plans are written down at once, on the record of one incident, or
 * none is: people are asked to approve what was found for each.
 */
export async function requestTogether(
  ports: Ports,
  request: TogetherRequest,
  delivery: DeliveryId,
  /** How often it is still planned anew when the record has changed meanwhile. */
  again = mostAgain,
): Promise<Answer> {
  const alone = onlyOne(request)
  if (alone) return requestRollback(ports, alone, delivery)
  const repeated = await togetherBefore(ports, delivery)
  if (repeated) return repeated
  const proposal = await propose(ports, request)
  if ('kind' in proposal) return proposal
  const { all, opening, now, inForce } = proposal
  const { by } = request
  for (const { service, plan } of all) {
    const asked = {
      service,
      by,
      start: opening.start,
      now,
      raise: raiseFor(plan),
      mayLose: mayLose(plan),
    }
    const nobody = await nobodyReachable({ ...ports, policy: inForce }, asked)
    if (nobody) return nobody
  }
  try {
    const { policy, timeline } = ports
    const events = eventsOf(request, delivery, proposal, policy)
    const change = changeOf(events, { history: opening.history, now, policy, actor: by })
    await timeline.append(opening.incident, opening.history.length, change)
    return answerOf(proposal, all[0]?.rollback)
  } catch (error) {
    const isStale = error instanceof StaleSequence
    if (!isStale && !(error instanceof WorkloadTaken)) throw error
    // A rollback waits for no canary.
    const plans = all.map(({ plan }) => plan)
    if (isStale || (await makeWay(ports, error, plans)))
      return again > 0 ? requestTogether(ports, request, delivery, again - 1) : changedAllTheTime
    const { incident } = error
    const history = await ports.timeline.read(incident)
    const services = all.map(({ service }) => service.id)
    return (
      (await togetherBefore(ports, delivery)) ??
      alreadyUnderWay(history, error, [proposal.home.id, ...services])
    )
  }
}

/** `--dry-run`: the same plans in the same order, and nothing is written. */
export async function previewTogether(ports: Ports, request: TogetherRequest): Promise<Answer> {
  const alone = onlyOne(request)
  if (alone) return previewRollback(ports, alone)
  const proposal = await propose(ports, request)
  if ('kind' in proposal) return proposal
  const { all, digest } = proposal
  const plans = all.map(({ plan }) => plan)
  return { kind: 'preview_together', request, plans, digest, who: whoOf(proposal) }
}

/** One of several is a rollback as any other. */
function onlyOne({ services, ...request }: TogetherRequest): RollbackRequest | undefined {
  const [service, ...others] = new Set(services)
  return service !== undefined && others.length === 0
    ? { ...request, service, to: undefined, notBefore: undefined }
    : undefined
}

async function propose(ports: Ports, request: TogetherRequest): Promise<Proposal | Answer> {
  const { catalogue, directory, timeline, policy, ids } = ports
  if (request.services.length > mostTogether)
    return { kind: 'not_written', why: `At most ${mostTogether} services go together.` }
  const named: Service[] = []
  for (const typed of new Set(request.services)) {
    const service = catalogue.get(typed)
    if (!service) return { kind: 'unknown_service', typed, nearest: nearestNames(catalogue, typed) }
    named.push(service)
  }
  const [home] = named
  if (!home) return { kind: 'nothing_found', what: 'a service to roll back' }
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const standings = await Promise.all(
    named.map((service) => standingOf(directory, request.by, service, signal)),
  )
  for (const one of standings)
    if (one.kind === 'outsider') return { kind: 'may_not_request', why: one.why }

  const now = await timeline.now()
  if (request.since !== undefined && request.since > now)
    return { kind: 'start_in_future', typed: request.since, now }
  const openings = await Promise.all(
    named.map((service) => incidentFor(ports, service, startOf(request, now), now)),
  )

  const severity = severityOf(request, openings)
  const strategy = atOnce(severity)
  const ordered = rollbackOrder(named, catalogue)
  const planning = AbortSignal.timeout(planningDeadlineMs)
  const planned = await Promise.all(
    ordered.map(async (service) => {
      const rollback = ids.rollback()
      const wish = { service, to: undefined, rollback, now, strategy, policy: policy.rollback }
      return { service, rollback, made: await makePlan(ports, wish, planning) }
    }),
  )
  const blocked = planned.flatMap(({ service, made }) => {
    const blockers = made.kind === 'planned' ? besides(made.plan, named) : blockersOf(made)
    return blockers.length === 0 ? [] : [{ service: service.id, blockers }]
  })
  const all = planned.flatMap(({ service, rollback, made }): readonly One[] =>
    made.kind === 'planned' ? [{ service, rollback, plan: made.plan, digest: made.digest }] : [],
  )
  if (blocked.length > 0)
    return { kind: 'blocked_together', blocked, others: all.map(({ service }) => service.id) }

  const own = named.map((service, at) => ({ service, ...openings[at] }))
  const starts = own.map(({ service, startGiven }) => {
    const plan = all.find((one) => one.service === service)?.plan
    return startGiven?.(plan ? earliestBegin(plan.from) : now) ?? now
  })
  const start = earliest(now, ...starts)
  const at = homeOf(openings.map(({ opening }) => opening))
  const base = openings[at]?.opening
  if (!base) return { kind: 'nothing_found', what: 'a service to roll back' }
  const inForce = policyInForce(base, policy)
  for (const [index, standing] of standings.entries()) {
    const plan = all.find((one) => one.service === named[index])?.plan
    if (!plan || standing.kind === 'outsider') continue
    const known = incidentState(base.history)?.authorityStart ?? now
    const facts = { start: known, now, policy: inForce }
    const tooEarly = startTooEarly(request.since, earliestBegin(plan.from), facts, standing)
    if (tooEarly) return tooEarly
  }
  return {
    all,
    digest: digestOfAll(all.map((one) => one.digest)),
    home: named[at] ?? home,
    opening: { ...base, start, severity },
    now,
    inForce,
  }
}

/** What stands still for one of them cannot go back at the same time. */
const besides = (
  { service: schema, to, stops = [] }: Plan,
  all: readonly Service[],
): readonly Blocker[] =>
  stops
    .filter((one) => all.some(({ id }) => id === one.service))
    .map(({ service }) => ({
      kind: 'unsupported',
      why: orderOf(service, `rollback ${schema} --to ${to.name}`),
    }))

/** Each is approved by itself, the schema by two people a level above: decision 75. */
const orderOf = (code: string, schemaBack: string): string =>
  `${code} stands still while this is done, and cannot be rolled back with it; ask for one after the other: \`rollback ${code}\` first, to a version that works on both schemas, then \`${schemaBack}\` – or where no version works on both, scale ${code} to 0, then \`${schemaBack}\`, then \`rollback ${code}\`, and start it`

const blockersOf = (made: Exclude<PlanResult, { kind: 'planned' }>) =>
  made.kind === 'blocked'
    ? made.blockers
    : [
        {
          kind: 'target_missing',
          revision: made.typed,
          why: 'it is no longer there',
        } as const,
      ]

function eventsOf(
  request: TogetherRequest,
  delivery: DeliveryId,
  { all, digest, opening, home }: Proposal,
  policy: Policy,
): readonly TimelineEvent[] {
  const { by, reason, reasonKind } = request
  const lead = all[0]?.rollback
  if (lead === undefined) throw new Error('there is nothing to ask for')
  return [
    ...openingEvents(opening, { ...request, service: home.id }, policy),
    ...stricterStart(opening),
    ...all.flatMap((one, at): readonly TimelineEvent[] => {
      const { service, rollback, plan } = one
      const { levels } = raiseOfAll(all.map((each) => each.plan))
      const together: Together = { lead, at, of: all.length, digest, levels }
      return [
        {
          kind: 'rollback_requested',
          rollback,
          service: service.id,
          workload: (service.targets[0] ?? plan.target).workload,
          by,
          to: null,
          reason,
          reasonKind,
          strategy: atOnce(opening.severity),
          twoPerson: service.twoPerson,
          notBefore: null,
          delivery,
          together,
        },
        { kind: 'rollback_planned', rollback, plan, digest: one.digest },
      ]
    }),
  ]
}

const whoOf = ({ all, inForce, opening, now }: Proposal) =>
  whoDecides(inForce.matrix, opening.start, now, raiseOfAll(all.map(({ plan }) => plan)))

function answerOf(proposal: Proposal, rollback: RollbackId | undefined): Answer {
  const { all, opening } = proposal
  if (rollback === undefined) return { kind: 'nothing_found', what: 'that request' }
  const plans = all.map(({ plan }) => plan)
  const { incident } = opening
  return { kind: 'requested_together', incident, rollback, plans, who: whoOf(proposal) }
}
