import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { minutes } from '#domain/time.ts'
import { noLeg } from '#executors/closed.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { apiOf, type EcsParts } from './context.ts'
import { lookAt, observe } from './observe.ts'
import { revisionOf, shortName } from './revision.ts'
import { route } from './route.ts'
import { type EcsChange, EcsTarget } from './schema.ts'
import { type Seen, see } from './seen.ts'
import { isInFlight, isTakenBack, type Pause, pauseOf } from './states.ts'
import { verify } from './verify.ts'
import { nothingWaits, waitingPromoter } from './waiting-promoter.ts'
import { waitsAtHook } from './warnings.ts'

interface Found {
  readonly own: Checked<EcsTarget>
  readonly seen: Seen
  readonly observed: Observed
  /** Where a deployment waits, if it does. */
  readonly pause: Pause | undefined
  readonly state: CanaryState
}

/** Deployments that wait at a PAUSE hook: they go on, or are taken back, by somebody's word. How far they then go is ECS's own strategy. */
export function ecsPromoter(parts: EcsParts): Promoter {
  return waitingPromoter({
    find: (target, signal) => find(parts, target, signal),
    async isThere(target, signal) {
      const spec = EcsTarget.parse(target.spec)
      return (await apiOf(parts, spec).service(spec, signal)) !== undefined
    },
    forward,
    away: (found, signal) => away(parts, found, signal),
    async preconditionNow(target, signal) {
      const spec = EcsTarget.parse(target.spec)
      const seen = await see(apiOf(parts, spec), spec, signal)
      return seen && preconditionOf(seen)
    },
    verify: (target, goal, signal) =>
      verify(
        parts,
        { ...target, spec: EcsTarget.parse(target.spec) },
        goal.share === 0 ? goal.stable : goal.canary,
        signal,
      ),
  })
}

async function find(parts: EcsParts, target: Target, signal: AbortSignal): Promise<Found> {
  const own = { ...target, spec: EcsTarget.parse(target.spec) }
  // What the card names and what an approval binds to are of one look.
  const looked = lookAt(parts, own, signal)
  const [observed, seen] = await Promise.all([observe(parts, own, signal, looked), looked])
  if (!seen) throw new Error(`${target.title} is gone`)
  const pause = pauseIn(seen)
  const { newest, back } = seen
  const stable =
    back === undefined ? undefined : observed.history.find(({ id }) => id === revisionOf(back))
  const isWaiting = pause !== undefined && stable !== undefined && newest !== undefined
  const state: CanaryState = {
    stable: isWaiting ? stable : observed.running,
    canary: isWaiting ? observed.running : undefined,
    share: isWaiting ? (newest.targetServiceRevision.requestedProductionTrafficWeight ?? 0) : 0,
    of: 'traffic',
    stops: [100],
    units: {
      noun: 'tasks',
      count: seen.service.desiredCount,
      ready: newest?.targetServiceRevision.runningTaskCount ?? 0,
    },
    precondition: preconditionOf(seen),
    warnings: observed.warnings.filter(
      (one) => one.kind !== 'in_flight' && !(one.kind === 'platform' && one.text === waitsAtHook),
    ),
    blockers: isWaiting ? observed.blockers : [],
  }
  return { own, seen, observed, pause: isWaiting ? pause : undefined, state }
}

const pauseIn = ({ newest }: Seen): Pause | undefined =>
  newest && isInFlight(newest) && !isTakenBack(newest) ? pauseOf(newest) : undefined

const preconditionOf = (seen: Seen) => ({
  service: seen.service.serviceArn,
  deployment: seen.newest?.serviceDeploymentArn ?? null,
  hook: null,
  stage: null,
  ...pauseIn(seen),
})

function forward({ own, seen, pause, state }: Found, share: number): Leg {
  const { newest, back, service, asked } = seen
  if (pause === undefined || !newest || back === undefined) return nothingWaits()
  if (share !== 100)
    return noLeg([
      {
        kind: 'unsupported',
        why: `from this PAUSE hook ECS goes on by the strategy of the service, and stops at no ${share} %`,
      },
    ])
  const at = {
    target: own.spec,
    workload: own.workload,
    service: service.serviceArn,
    createdAt: service.createdAt ?? null,
  }
  const change: EcsChange = {
    kind: 'go_on',
    ...at,
    deployment: newest.serviceDeploymentArn,
    ...pause,
    to: asked,
  }
  const undo: EcsChange = {
    kind: 'go_back',
    ...at,
    from: asked,
    to: back,
    after: { arn: newest.serviceDeploymentArn, at: newest.createdAt },
    undoes: true,
  }
  const step: Step = {
    name: `deployment of ${state.canary?.name ?? shortName(asked)} continued`,
    change,
    undo,
    settles: 'tasks',
    onFailure: 'ask',
  }
  return {
    ...noLeg([]),
    steps: [step],
    how: 'answer its PAUSE hook with CONTINUE; ECS does the rest, or waits at its next hook',
    reaches: 100,
    expectedMicros: minutes(3),
  }
}

async function away(
  parts: EcsParts,
  { own, observed, pause, state }: Found,
  signal: AbortSignal,
): Promise<Leg> {
  if (pause === undefined) return nothingWaits()
  const back = await route(parts, own, observed, state.stable.id, signal)
  const { steps, differences, warnings, blockers, how, expectedMicros } = back
  return { steps, differences, warnings, blockers, how, expectedMicros, reaches: 0 }
}
