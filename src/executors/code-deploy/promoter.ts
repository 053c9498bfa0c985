import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Step, Warning } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { minutes } from '#domain/time.ts'
import { noLeg } from '#executors/closed.ts'
import type { Checked } from '#executors/define-executor.ts'
import { revisionOf, shortName } from '#executors/ecs/revision.ts'
import { nothingWaits, waitingPromoter } from '#executors/ecs/waiting-promoter.ts'
import type { Observed } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import { type Deployment, waitMinutes } from './objects.ts'
import { lookAt, observe } from './observe.ts'
import { route } from './route.ts'
import { type CodeDeployChange, CodeDeployTarget } from './schema.ts'
import { isWaiting, markOf, readyOf, type Seen, see } from './seen.ts'
import { verify } from './verify.ts'

interface Found {
  readonly own: Checked<CodeDeployTarget>
  readonly seen: Seen
  readonly observed: Observed
  /** The deployment that waits, and what it leaves when it is taken back. */
  readonly waiting: { readonly deployment: Deployment; readonly back: string } | undefined
  readonly state: CanaryState
}

/** Deployments that wait before their first traffic: they go on, or are taken back, by somebody's word. At which pace traffic then goes is the group's own. */
export function codeDeployPromoter(parts: CodeDeployParts): Promoter {
  return waitingPromoter({
    find: (target, signal) => find(parts, target, signal),
    async isThere(target, signal) {
      const spec = CodeDeployTarget.parse(target.spec)
      return (await apisOf(parts, spec).ecs.service(spec, signal)) !== undefined
    },
    forward,
    away: (found, signal) => away(parts, found, signal),
    async preconditionNow(target, signal) {
      const spec = CodeDeployTarget.parse(target.spec)
      const seen = await see(apisOf(parts, spec), spec, signal)
      return seen && preconditionOf(seen)
    },
    verify: (target, goal, signal) =>
      verify(
        parts,
        { ...target, spec: CodeDeployTarget.parse(target.spec) },
        goal.share === 0 ? goal.stable : goal.canary,
        signal,
      ),
  })
}

async function find(parts: CodeDeployParts, target: Target, signal: AbortSignal): Promise<Found> {
  const own = { ...target, spec: CodeDeployTarget.parse(target.spec) }
  // What the card names and what an approval binds to are of one look.
  const looked = lookAt(parts, own, signal)
  const [observed, seen] = await Promise.all([observe(parts, own, signal, looked), looked])
  if (!seen) throw new Error(`${target.title} is gone`)
  const { newest, back, service, asked } = seen
  const stable =
    back === undefined ? undefined : observed.history.find(({ id }) => id === revisionOf(back))
  const waiting =
    newest && back !== undefined && stable && isWaiting(seen, newest)
      ? { deployment: newest, back }
      : undefined
  const state: CanaryState = {
    stable: (waiting && stable) ?? observed.running,
    canary: waiting && observed.running,
    share: 0,
    of: 'traffic',
    stops: [100],
    units: { noun: 'tasks', count: service.desiredCount, ready: readyOf(seen, asked) },
    precondition: preconditionOf(seen),
    warnings: [
      ...observed.warnings.filter(({ kind }) => kind !== 'in_flight'),
      ...(waiting ? untilWhen(seen) : []),
    ],
    blockers: waiting ? observed.blockers : [],
  }
  return { own, seen, observed, waiting, state }
}

/** Holding it does not make CodeDeploy wait for longer. */
function untilWhen({ group }: Seen): readonly Warning[] {
  const left = waitMinutes(group)
  return left === undefined
    ? []
    : [
        {
          kind: 'platform',
          text: `CodeDeploy stops it ${left} min after it began to wait, held or not, unless somebody has it go on`,
        },
      ]
}

const preconditionOf = (seen: Seen) => ({
  service: seen.service.serviceArn,
  deployment: markOf(seen)?.id ?? null,
  waits: seen.newest !== undefined && isWaiting(seen, seen.newest),
})

function forward({ own, seen, waiting, state }: Found, share: number): Leg {
  if (!waiting) return nothingWaits()
  if (share !== 100)
    return noLeg([
      {
        kind: 'unsupported',
        why: `CodeDeploy goes on at the pace of its deployment group, and stops at no ${share} %`,
      },
    ])
  const { service, asked } = seen
  const after = markOf(seen)
  const at = {
    target: own.spec,
    workload: own.workload,
    service: service.serviceArn,
    createdAt: service.createdAt ?? null,
  }
  const change: CodeDeployChange = {
    kind: 'go_on',
    ...at,
    to: asked,
    deployment: waiting.deployment.deploymentId,
    after,
  }
  const undo: CodeDeployChange = {
    kind: 'go_back',
    ...at,
    from: asked,
    to: waiting.back,
    after,
    like: null,
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
    how: 'have CodeDeploy send traffic to it, at the pace of its deployment group',
    reaches: 100,
    expectedMicros: minutes(3),
  }
}

async function away(
  parts: CodeDeployParts,
  { own, observed, waiting, state }: Found,
  signal: AbortSignal,
): Promise<Leg> {
  if (!waiting) return nothingWaits()
  const back = await route(parts, own, observed, state.stable.id, signal)
  const { steps, differences, warnings, blockers, how, expectedMicros } = back
  return { steps, differences, warnings, blockers, how, expectedMicros, reaches: 0 }
}
