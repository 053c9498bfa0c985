import type { RollbackId } from '#domain/ids.ts'
import { type Choice, chooseTarget } from '#domain/rollback/choose-target.ts'
import type { Blocker, Plan, Planned, Warning } from '#domain/rollback/plan.ts'
import type { RollbackPolicy } from '#domain/rollback/policy.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { SchemaNow } from '#domain/rollback/schema-range.ts'
import type { Mechanism } from '#domain/rollback/ways.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Service, Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { type Executor, NotAllowed, type Observed, type Route } from '#ports/executor.ts'
import type { Revisions } from '#ports/store.ts'
import { chosenWay, waysOf } from './chosen-way.ts'
import { combinedWith, flagOffers, flagPlan, isFlagOffer } from './flag-plan.ts'
import { flagsWhileAway, withFlagsAlone } from './flags-alone.ts'
import { type LinkedFlags, linkedFlags } from './linked-flags.ts'
import { digestOf } from './plan-digest.ts'
import { crossing, onSchema, schemaNow } from './on-schema.ts'
import { takeCanaryAway } from './take-canary-away.ts'

export interface Planning {
  readonly executors: ReadonlyMap<string, Executor>
  readonly revisions: Pick<Revisions, 'known'>
}

export interface Wish {
  readonly service: Service
  readonly to: string | undefined
  readonly rollback: RollbackId
  readonly strategy: Strategy
  /** Ways that this rollback has tried and left. */
  readonly left?: readonly Mechanism[]
  /** The flags that belong to it are switched off first, whichever way is taken. */
  readonly isCombined?: boolean | undefined
  readonly now: Instant
  readonly policy: RollbackPolicy
}

/** What runs and what could run. */
export interface Seen {
  readonly observed: Observed
  readonly candidates: readonly Candidate[]
}

export type PlanResult =
  | (Planned & { readonly kind: 'planned'; readonly considered: readonly Candidate[] })
  | Extract<Planned, { kind: 'blocked' }>
  | {
      readonly kind: 'unknown_revision'
      readonly typed: string
      readonly candidates: readonly Candidate[]
    }

export interface Made {
  readonly kind: 'planned'
  readonly plan: Plan
}

/** Looks at the target and writes down exactly what would happen. Changes nothing, may be asked for as often as one likes. */
export async function makePlan(
  planning: Planning,
  wish: Wish,
  signal: AbortSignal,
  /** Where somebody has just looked. */
  seen?: Seen,
): Promise<PlanResult> {
  const { executors } = planning
  const target = wish.service.targets[0]
  const executor = target && executors.get(target.executor)
  if (!target || !executor)
    return blocked({
      kind: 'unsupported',
      why: `${wish.service.id} has no target that can be rolled back`,
    })
  try {
    const found = seen ?? (await look(executor, target, signal))
    const { running } = found.observed
    const flags = (version: Revision) => linkedFlags(planning, wish, version, signal)
    const made = await planOf(executors, executor, target, wish, found, flags, signal)
    if (made.kind === 'unknown_revision') return made
    const result =
      made.kind === 'blocked' ? withFlagsAlone(wish, running, made, await flags(running)) : made
    if (result.kind === 'blocked') return result
    const plan = {
      ...result.plan,
      ...(canFreeze(executors, wish.service) ? { freezes: true as const } : {}),
    }
    return { kind: 'planned', plan, digest: digestOf(plan), considered: found.candidates }
  } catch (error) {
    if (signal.aborted) throw error
    return flagsWhileAway(planning, wish, target, reachBlocker(target, error), signal)
  }
}

/** What the platform has, beside the flags of the service. */
async function planOf(
  executors: Planning['executors'],
  executor: Executor,
  target: Target,
  wish: Wish,
  { observed, candidates }: Seen,
  flags: (version: Revision) => Promise<LinkedFlags>,
  signal: AbortSignal,
): Promise<Made | Exclude<PlanResult, { kind: 'planned' }>> {
  if (observed.blockers.length > 0)
    return { kind: 'blocked', blockers: observed.blockers, candidates: revisionsOf(candidates) }
  const away = await takeCanaryAway(executor, target, wish, observed, flags, signal)
  if (away) return away.kind === 'planned' ? away : { ...away, candidates: revisionsOf(candidates) }
  const schema = await schemaNow(executors, wish.service, signal)
  const choice = chooseTarget(
    crossing(wish.service, candidates, schema),
    observed.running.id,
    wish.to,
    wish.policy.servedLongMicros,
  )
  if (choice.kind === 'unknown')
    return { kind: 'unknown_revision', typed: choice.typed, candidates }
  if (choice.kind !== 'chosen')
    return { kind: 'blocked', blockers: [blockerOf(choice)], candidates: revisionsOf(candidates) }
  const to = choice.candidate.revision.id
  const routes = [
    ...((await executor.ways?.(target, observed, to, wish.strategy, wish.rollback, signal)) ?? []),
    await executor.route(target, observed, to, wish.rollback, signal),
  ]
  const linked = await flags(observed.running)
  const way = chosenWay(wish, [...flagOffers(wish, linked), ...routes])
  if (!way)
    return {
      kind: 'blocked',
      blockers: routes.flatMap(({ blockers }) => blockers),
      candidates: revisionsOf(candidates),
    }
  const { chosen } = way
  const plan = isFlagOffer(chosen)
    ? flagPlan(wish, { running: observed.running }, { ...way, chosen }, linked.kept)
    : combinedWith(
        wish,
        {
          ...planFrom(wish, target, observed, candidates, choice, chosen, schema),
          ...waysOf(wish, way),
        },
        linked,
      )
  return { kind: 'planned', plan }
}

async function look(executor: Executor, target: Target, signal: AbortSignal): Promise<Seen> {
  const observed = await executor.observe(target, signal)
  return { observed, candidates: await executor.candidates(target, observed) }
}

function planFrom(
  { service, now, policy }: Wish,
  target: Target,
  observed: Observed,
  candidates: readonly Candidate[],
  choice: Extract<Choice, { kind: 'chosen' }>,
  route: Route,
  schema: SchemaNow | undefined,
): Plan {
  const to = choice.candidate.revision
  const { part, warnings } = onSchema(service, to, schema)
  return {
    service: service.id,
    environment: service.environment,
    target,
    from: observed.running,
    to,
    chosenBecause: choice.because,
    precondition: observed.precondition,
    steps: route.steps,
    collapse: route.collapse,
    collapseHow: route.collapseHow,
    differences: route.differences,
    between: namesBetween(candidates, observed.running, to.id),
    warnings: [
      ...observed.warnings,
      ...route.warnings,
      ...aboutTarget(choice.candidate),
      ...warnings,
    ],
    ...part,
    ...(route.pauses ? { pauses: route.pauses } : {}),
    ...(route.stops ? { stops: route.stops } : {}),
    ...(route.leftover ? { leftover: route.leftover } : {}),
    mechanism: route.mechanism,
    units: { noun: observed.units.noun, count: observed.units.count },
    how: route.how,
    expectedMicros: route.expectedMicros,
    budgetMicros: policy.mechanismBudgets[route.mechanism],
    madeAt: now,
  }
}

/** In any of its environments. */
const canFreeze = (executors: Planning['executors'], { targets }: Service): boolean =>
  targets.some((target) => executors.get(target.executor)?.freezer?.covers(target) ?? false)

function aboutTarget({ revision, standing }: Candidate): readonly Warning[] {
  if (standing.kind === 'bad')
    return [{ kind: 'marked_bad', revision: revision.name, because: standing.because }]
  return standing.kind === 'unproven' ? [{ kind: 'unproven_target', revision: revision.name }] : []
}

/** Versions that would be undone as well: newer than the target, older than what runs. One that came back holds nothing of what came after it. */
function namesBetween(
  candidates: readonly Candidate[],
  { id: from, firstAt }: Revision,
  to: string,
): readonly string[] {
  const ids = candidates.map(({ revision }) => revision.id as string)
  const start = ids.indexOf(from)
  const end = ids.indexOf(to)
  return start < 0 || end <= start
    ? []
    : candidates
        .slice(start + 1, end)
        .filter(({ revision }) => firstAt === undefined || revision.since < firstAt)
        .map(({ revision }) => revision.name)
}

function blockerOf(choice: Exclude<Choice, { kind: 'chosen' | 'unknown' }>): Blocker {
  switch (choice.kind) {
    case 'none':
      return { kind: 'nothing_to_go_back_to', considered: choice.considered }
    case 'already_there':
      return { kind: 'already_there', revision: choice.revision.name }
    case 'crosses': {
      const { revision, why, safe } = choice
      return { kind: 'schema_crossed', revision: revision.name, why, safe }
    }
    case 'missing':
      return { kind: 'target_missing', revision: choice.revision.name, why: choice.why }
  }
}

function reachBlocker(target: Target, error: unknown): Blocker {
  if (error instanceof NotAllowed)
    return { kind: 'not_allowed', verb: error.verb, resource: error.resource }
  return {
    kind: 'cannot_reach',
    what: target.title,
    why: error instanceof Error ? error.message : String(error),
  }
}

const revisionsOf = (candidates: readonly Candidate[]) => candidates.map(({ revision }) => revision)
const blocked = (blocker: Blocker): PlanResult => ({
  kind: 'blocked',
  blockers: [blocker],
  candidates: [],
})
