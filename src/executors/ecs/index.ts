import { defineExecutor } from '#executors/define-executor.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import { changedSince } from './changed-since.ts'
import type { EcsParts } from './context.ts'
import { applyCount, countProgress } from './count.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { ecsInstances } from './instances.ts'
import { observe } from './observe.ts'
import { progress } from './progress.ts'
import { ecsPromoter } from './promoter.ts'
import { ecsQuiescer } from './quiescer.ts'
import { route } from './route.ts'
import { AnyEcsChange, EcsTarget } from './schema.ts'
import { verify } from './verify.ts'

/** Services of AWS ECS that ECS itself deploys: rolling, blue/green, canary and linear. */
export const ecs = (parts: EcsParts): Executor => ({
  ...defineExecutor({
    kind: 'ecs',
    Spec: EcsTarget,
    Change: AnyEcsChange,
    problems: () => [],
    observe: (target, signal) => observe(parts, target, signal),
    route: (target, observed, to, _operation, signal) => route(parts, target, observed, to, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, _operation, signal) =>
      change.kind === 'set_count'
        ? applyCount(parts, change, signal)
        : apply(parts, change, signal),
    progress: (change, signal) =>
      change.kind === 'set_count'
        ? countProgress(parts, change, signal)
        : progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: (target, bad, signal) => evidence(parts, target, bad, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec: { cluster, service, region } }) =>
      `aws ecs describe-services --cluster ${cluster} --services ${service}${region === null ? '' : ` --region ${region}`}`,
  }),
  instances: ecsInstances(parts),
  promoter: ecsPromoter(parts),
  quiescer: ecsQuiescer(parts),
})
