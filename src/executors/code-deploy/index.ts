import { defineExecutor } from '#executors/define-executor.ts'
import { candidates } from '#executors/ecs/candidates.ts'
import { ecsInstances } from '#executors/ecs/instances.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { changedSince } from './changed-since.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { observe } from './observe.ts'
import { progress } from './progress.ts'
import { codeDeployPromoter } from './promoter.ts'
import { route } from './route.ts'
import { CodeDeployChange, CodeDeployTarget } from './schema.ts'
import { see } from './seen.ts'
import { verify } from './verify.ts'

/** Services of AWS ECS that CodeDeploy deploys, in blue and green. */
export const codeDeploy = (parts: CodeDeployParts): Executor => ({
  ...defineExecutor({
    kind: 'code-deploy',
    Spec: CodeDeployTarget,
    Change: CodeDeployChange,
    problems: () => [],
    observe: (target, signal) => observe(parts, target, signal),
    route: (target, observed, to, _operation, signal) => route(parts, target, observed, to, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, _operation, signal) => apply(parts, change, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: (target, bad, signal) => evidence(parts, target, bad, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec: { application, group, region } }) =>
      `aws deploy list-deployments --application-name '${application}' --deployment-group-name '${group}'${region === null ? '' : ` --region ${region}`}`,
  }),
  instances: ecsInstances(parts, (spec, signal) => {
    const target = CodeDeployTarget.parse(spec)
    return see(apisOf(parts, target), target, signal)
  }),
  promoter: codeDeployPromoter(parts),
})
