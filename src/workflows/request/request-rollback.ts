import { whoDecides } from '#domain/authority/who-decides.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { DeliveryId, RollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { type Strategy, worse } from '#domain/incident/severity.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { countdownBegun, mayCountDown } from '#domain/rollback/countdown.ts'
import { earliestBegin } from '#domain/rollback/began.ts'
import { type Begins, beginsAt } from '#domain/rollback/begins.ts'
import { mayLose } from '#domain/rollback/plan.ts'
import { raiseFor } from '#domain/rollback/raise.ts'
import { type RollbackRequest, severityOfReason } from '#domain/rollback/request.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { StaleSequence, WorkloadTaken } from '#ports/store.ts'
import { changedAllTheTime, mostAgain } from './again.ts'
import { askedBefore, requestedAnswer, underWay } from './asked-before.ts'
import { directoryDeadlineMs, standingOf } from '#workflows/facts.ts'
import { incidentFor, type Opening } from '#workflows/incident/incident-for.ts'
import { atOnce, openingEvents } from './opening.ts'
import { makePlan, type PlanResult } from '#workflows/planning/make-plan.ts'
import { startOf, startTooEarly } from './stated-start.ts'
import { nobodyReachable } from './reachability.ts'
import { makeWay } from '#workflows/make-way.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<
  World,
  'catalogue' | 'policy' | 'timeline' | 'executors' | 'revisions' | 'directory' | 'ids'
>
type Good = Extract<PlanResult, { kind: 'planned' }>

interface Proposal {
  readonly service: Service
  readonly rollback: RollbackId
  readonly strategy: Strategy
  readonly opening: Opening
  readonly planned: Good
  readonly now: Instant
  /** Undefined for one that begins as soon as it is approved. */
  readonly begins: Begins | undefined
  /** This process's, or the incident's where that is stricter. */
  readonly inForce: Policy
}

/** How long looking at the platform may take before the person is told that it did not answer. */
const planningDeadlineMs = 20_000

/** Plans first, then writes request and plan down together: what people are asked to approve is what was found. */
export async function requestRollback(
  ports: Ports,
  request: RollbackRequest,
  delivery: DeliveryId,
  /** How often it is still planned anew when the record has changed meanwhile. */
  again = mostAgain,
): Promise<Answer> {
  const repeated = await askedBefore(ports, delivery)
  if (repeated) return repeated
  const proposal = await propose(ports, request)
  if ('kind' in proposal) return proposal
  const { service, planned, opening, now, inForce } = proposal

  const { automatic } = request
  // Where only a canary is taken away, what runs is what it goes back to.
  const { plan } = planned
  const runs = plan.canary ? plan.to : (plan.beside ?? plan.running ?? plan.from)
  if (automatic && runs.id !== automatic.revision)
    return { kind: 'not_written', why: 'Another version was deployed meanwhile.' }
  // Without the database both people are there, and nobody else is asked; a countdown asks nobody.
  const isDecided = request.offline ?? typeof automatic?.countdown === 'number'
  const nobody = isDecided
    ? undefined
    : await nobodyReachable(
        { ...ports, policy: inForce },
        {
          service,
          by: request.by,
          start: opening.start,
          now,
          raise: raiseFor(planned.plan),
          mayLose: mayLose(planned.plan),
        },
      )
  if (nobody) return nobody

  try {
    return await write(ports, request, delivery, proposal)
  } catch (error) {
    const isStale = error instanceof StaleSequence
    if (!isStale && !(error instanceof WorkloadTaken)) throw error
    // A rollback waits for no canary.
    if (isStale || (await makeWay(ports, error, [plan])))
      return again > 0 ? requestRollback(ports, request, delivery, again - 1) : changedAllTheTime
    return underWay(ports, service, delivery, error)
  }
}

/** `--dry-run`: the same plan and the same people, and nothing is written. */
export async function previewRollback(ports: Ports, request: RollbackRequest): Promise<Answer> {
  const proposal = await propose(ports, request)
  if ('kind' in proposal) return proposal
  const { begins } = proposal
  const { plan, digest, considered } = proposal.planned
  const { inForce, opening, now } = proposal
  const who = whoDecides(inForce.matrix, opening.start, now, raiseFor(plan))
  return {
    kind: 'preview',
    request,
    plan,
    digest,
    who,
    ...(begins ? { begins } : {}),
    candidates: considered,
  }
}

async function propose(ports: Ports, request: RollbackRequest): Promise<Proposal | Answer> {
  const { catalogue, directory, timeline, policy, ids } = ports
  const service = catalogue.get(request.service)
  if (!service)
    return {
      kind: 'unknown_service',
      typed: request.service,
      nearest: nearestNames(catalogue, request.service),
    }
  const standing = await standingOf(
    directory,
    request.by,
    service,
    AbortSignal.timeout(directoryDeadlineMs),
  )
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }

  const now = await timeline.now()
  if (request.since !== undefined && request.since > now)
    return { kind: 'start_in_future', typed: request.since, now }

  const { notBefore } = request
  const begins =
    notBefore === undefined
      ? undefined
      : beginsAt(notBefore, service.changeWindows, now, policy.rollback)
  if (begins && 'kind' in begins)
    return { kind: 'no_change_window', service: service.id, why: begins.kind }

  const { opening, startGiven } = await incidentFor(ports, service, startOf(request, now), now)
  const severity = request.severity ?? worse(severityOfReason[request.reasonKind], opening.severity)
  const strategy = begins === undefined ? atOnce(severity) : 'scheduled'
  const rollback = ids.rollback()
  const planned = await makePlan(
    ports,
    {
      service,
      to: request.to,
      rollback,
      strategy,
      now,
      policy: policy.rollback,
      isCombined: request.isCombined,
    },
    AbortSignal.timeout(planningDeadlineMs),
  )
  switch (planned.kind) {
    case 'unknown_revision':
      return {
        kind: 'unknown_revision',
        typed: planned.typed,
        service: service.id,
        available: planned.candidates.map(({ revision }) => revision),
      }
    case 'blocked':
      return {
        kind: 'blocked',
        service: service.id,
        blockers: planned.blockers,
        candidates: planned.candidates,
      }
    case 'planned': {
      const shippedAt = earliestBegin(planned.plan.from)
      const before = incidentState(opening.history)
      const known = before?.authorityStart ?? now
      const inForce = policyInForce(opening, policy)
      const tooEarly = startTooEarly(
        request.since,
        shippedAt,
        { start: known, now, policy: inForce },
        standing,
      )
      if (tooEarly) return tooEarly
      return {
        service,
        rollback,
        strategy,
        planned,
        now,
        begins,
        inForce,
        opening: { ...opening, severity, start: startGiven(shippedAt) },
      }
    }
  }
}

async function write(
  ports: Ports,
  request: RollbackRequest,
  delivery: DeliveryId,
  proposal: Proposal,
): Promise<Answer> {
  const { timeline, policy } = ports
  const { service, rollback, strategy, opening, planned, now, begins, inForce } = proposal
  const { plan, digest } = planned
  const requested: TimelineEvent = {
    kind: 'rollback_requested',
    rollback,
    service: service.id,
    // Of the service, whichever way it goes: one rollback of it at a time (invariant I5).
    workload: (service.targets[0] ?? plan.target).workload,
    by: request.by,
    to: request.to ?? null,
    reason: request.reason,
    reasonKind: request.reasonKind,
    strategy,
    twoPerson: service.twoPerson,
    notBefore: begins?.at ?? null,
    ...(begins?.window ? { window: begins.window } : {}),
    delivery,
    ...(request.isCombined ? { combined: true } : {}),
    ...(request.offline ? { offline: true } : {}),
    ...(request.automatic ? { fired: request.automatic.fired } : {}),
  }
  const events = [
    ...openingEvents(opening, request, policy),
    requested,
    { kind: 'rollback_planned', rollback, plan, digest } as const,
    ...(await counting(timeline, request, proposal)),
  ]
  const change = changeOf(events, { history: opening.history, now, policy, actor: request.by })
  await timeline.append(opening.incident, opening.history.length, change)
  const { start } = opening
  const shown = { incident: opening.incident, plan, start, now, raise: raiseFor(plan), begins }
  return requestedAnswer(inForce, rollback, shown)
}

/** Its time begins when it is written down, however long the plan took. */
async function counting(
  timeline: Ports['timeline'],
  { automatic, to }: RollbackRequest,
  { service, rollback, planned: { plan, digest }, begins }: Proposal,
): Promise<readonly TimelineEvent[]> {
  if (!automatic) return []
  const proposal = {
    phase: 'awaiting_approval',
    plan,
    countdown: undefined,
    notBefore: begins?.at ?? null,
    wanted: to ?? null,
    twoPerson: service.twoPerson,
    offline: false,
    voided: undefined,
  } as const
  return mayCountDown(proposal, automatic)
    ? [countdownBegun(rollback, digest, automatic, await timeline.now())]
    : []
}
