import type { Checked } from '#executors/define-executor.ts'
import { allowed, blocks, denied } from '#executors/aws/rights.ts'
import { askedOfBalancers } from '#executors/ecs/endpoints.ts'
import { familyOf } from '#executors/ecs/revision.ts'
import type { EcsService } from '#executors/ecs/objects.ts'
import { NotAllowed, type Shortcoming } from '#ports/executor.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import { kindRefusal } from './refusals.ts'
import type { CodeDeployTarget } from './schema.ts'

const policies =
  'give the role of the process what deploy/ecs-policy.json and deploy/codedeploy-policy.json have'

/** Asks everything that a rollback would ask, and changes nothing: what may be changed cannot be known beforehand, and that is said. */
export async function examine(
  parts: CodeDeployParts,
  { spec }: Checked<CodeDeployTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const apis = apisOf(parts, spec)
  const [service, group] = await Promise.all([
    allowed(apis.ecs.service(spec, signal)),
    allowed(apis.codeDeploy.group(spec, signal)),
  ])
  const refused = [service, group].filter((one) => one instanceof NotAllowed)
  if (service instanceof NotAllowed || group instanceof NotAllowed)
    return refused.map((one) => blocks('cannot be rolled back', one, policies))
  const broken = (text: string, remedy: string): readonly Shortcoming[] => [
    { kind: 'blocks', text, remedy },
  ]
  if (!service)
    return broken(
      `there is no ECS service ${spec.service} in cluster ${spec.cluster}, as far as ECS in ${apis.ecs.region} says`,
      'correct cluster, service or region of the target',
    )
  const refusal = kindRefusal(service)
  if (refusal !== undefined)
    return broken(`cannot be rolled back as it is: ${refusal}`, 'change the target, or the service')
  if (!group)
    return broken(
      `there is no deployment group ${spec.group} of the application ${spec.application}, as far as CodeDeploy in ${apis.codeDeploy.region} says`,
      'correct `codeDeploy` of the target',
    )
  const isOwn = group.ecsServices.some(
    ({ clusterName, serviceName }) => clusterName === spec.cluster && serviceName === spec.service,
  )
  if (!isOwn)
    return broken(
      `the deployment group ${spec.application}/${spec.group} deploys another service`,
      'name under `codeDeploy` the group that deploys this one',
    )
  return [
    ...(await reads(parts, spec, service, signal)),
    {
      kind: 'choice',
      text: 'whether codedeploy:CreateDeployment, codedeploy:ContinueDeployment and codedeploy:StopDeployment are allowed shows only when they are used: AWS tries nothing out',
      remedy: policies,
    },
  ]
}

/** Of what runs: such a service names none of its own in every case. */
const definitionOf = ({ taskDefinition, taskSets: [first] }: EcsService): string =>
  first?.taskDefinition ?? taskDefinition

async function reads(
  parts: CodeDeployParts,
  spec: CodeDeployTarget,
  service: EcsService,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const { ecs, codeDeploy } = apisOf(parts, spec)
  const taskDefinition = definitionOf(service)
  const [{ loadBalancers } = service] = service.taskSets
  const specs = async () => {
    const {
      deployments: [newest],
    } = await codeDeploy.deployments(spec, signal)
    return codeDeploy.appSpecs(spec, newest ? [newest] : [], signal)
  }
  const [blocking, limiting] = await Promise.all([
    denied([specs(), ecs.definition(taskDefinition, signal)]),
    denied([
      ecs.tasks(spec, 'RUNNING', signal),
      ecs.activeDefinitions(familyOf(taskDefinition), 1, signal),
      ...askedOfBalancers(parts.balancer(spec.region), loadBalancers, signal),
    ]),
  ])
  return [
    ...blocking.map((one) => blocks('cannot be rolled back', one, policies)),
    ...limiting.map((one) => ({
      ...blocks('can be rolled back, and not all of it be verified', one, policies),
      kind: 'limits' as const,
    })),
  ]
}
