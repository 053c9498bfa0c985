import { allowed, blocks, denied } from '#executors/aws/rights.ts'
import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { apiOf, type EcsParts, nameOf } from './context.ts'
import { askedOfBalancers } from './endpoints.ts'
import type { EcsService } from './objects.ts'
import { kindRefusal } from './refusals.ts'
import { familyOf } from './revision.ts'
import type { EcsTarget } from './schema.ts'

const policy = 'give the role of the process what deploy/ecs-policy.json has'

/** Asks everything that a rollback would ask, and changes nothing: what may be changed cannot be known beforehand, and that is said. */
export async function examine(
  parts: EcsParts,
  { spec }: Checked<EcsTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const api = apiOf(parts, spec)
  const service = await allowed(api.service(spec, signal))
  if (service instanceof NotAllowed) return [blocks('cannot be rolled back', service, policy)]
  if (!service)
    return [
      {
        kind: 'blocks',
        text: `there is no ${nameOf(spec)}, as far as ECS in ${api.region} says`,
        remedy: 'correct cluster, service or region of the target',
      },
    ]
  const refusal = kindRefusal(service)
  if (refusal !== undefined)
    return [
      {
        kind: 'blocks',
        text: `cannot be rolled back as it is: ${refusal}`,
        remedy: 'change the service, or roll it back by hand when the time comes',
      },
    ]
  const found = await reads(parts, spec, service, signal)
  return [
    ...found,
    ...(spec.registerAgain ? [registers] : []),
    {
      kind: 'choice',
      text: 'whether ecs:UpdateService, ecs:StopServiceDeployment and ecs:ContinueServiceDeployment are allowed shows only when they are used: AWS tries nothing out',
      remedy: policy,
    },
  ]
}

const registers: Shortcoming = {
  kind: 'choice',
  text: 'whether a task definition that was deregistered can be registered again (ecs:RegisterTaskDefinition, ecs:TagResource, iam:PassRole of its roles) shows only when it is done',
  remedy: 'give the role of the process what deploy/ecs-register-policy.json has as well',
}

async function reads(
  parts: EcsParts,
  spec: EcsTarget,
  { taskDefinition, currentServiceRevisions, loadBalancers }: EcsService,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const api = apiOf(parts, spec)
  const briefs = await allowed(api.deployments(spec, signal))
  if (briefs instanceof NotAllowed) return [blocks('cannot be rolled back', briefs, policy)]
  const [first] = briefs
  const needed: readonly Promise<unknown>[] = [
    ...(first ? [api.describedDeployments([first.serviceDeploymentArn], signal)] : []),
    api.revisions(
      currentServiceRevisions.slice(0, 1).map(({ arn }) => arn),
      signal,
    ),
    api.definition(taskDefinition, signal),
  ]
  const wanted: readonly Promise<unknown>[] = [
    api.tasks(spec, 'RUNNING', signal),
    api.activeDefinitions(familyOf(taskDefinition), 1, signal),
    ...askedOfBalancers(parts.balancer(spec.region), loadBalancers, signal),
  ]
  // Together: whoever fails while only the others are waited for would end the process.
  const [blocking, limiting] = await Promise.all([denied(needed), denied(wanted)])
  return [
    ...blocking.map((one) => blocks('cannot be rolled back', one, policy)),
    ...limiting.map((one) => ({
      ...blocks('can be rolled back, and what runs then cannot be verified', one, policy),
      kind: 'limits' as const,
    })),
  ]
}
