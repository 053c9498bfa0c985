import { parse } from 'yaml'
import { z } from 'zod'
import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Engine } from '../ecs/engine.ts'
import { Refusal } from '../ecs/refusal.ts'
import type { Definition } from '../ecs/state.ts'
import type { Machine } from './machine.ts'
import type { Asked, CodeDeployOperation } from './requests.ts'
import { type Deployment, type Group, isEnded } from './state.ts'
import { deploymentView, groupView } from './views.ts'

const Spec = z.object({
  Resources: z
    .array(
      z.object({
        TargetService: z.object({
          Type: z.literal('AWS::ECS::Service'),
          Properties: z.object({
            TaskDefinition: z.string().startsWith('arn:aws:ecs:'),
            LoadBalancerInfo: z.object({ ContainerName: z.string(), ContainerPort: z.number() }),
          }),
        }),
      }),
    )
    .length(1),
})

type Answers = { readonly [Name in CodeDeployOperation]: (asked: Asked<Name>) => Fields }

interface Account {
  readonly machine: Machine
  readonly engine: Engine
  readonly definitions: readonly Definition[]
  /** At most so many ids in one answer. */
  readonly pageSize: number
  /** AWS promises no order of deployments. */
  readonly listsOldestFirst: () => boolean
  /** Counts what took effect. */
  changed(): void
}

export function codeDeployOperations(account: Account): Answers {
  const { machine, engine, definitions, pageSize, listsOldestFirst, changed } = account
  function groupOf(application: string, name: string): Group {
    const group = machine.groups.get(`${application}/${name}`)
    if (!group)
      throw new Refusal(
        'DeploymentGroupDoesNotExistException',
        `No Deployment Group found: ${name}`,
      )
    engine.advance(group.service)
    return group
  }

  const all = (): readonly (readonly [Group, Deployment])[] =>
    [...machine.groups.values()].flatMap((group) => {
      engine.advance(group.service)
      return group.deployments.map((deployment) => [group, deployment] as const)
    })

  /** What CodeDeploy itself checks before it begins. */
  function definitionIn(content: string): Definition {
    const spec = Spec.safeParse(parse(content)).data
    const { TaskDefinition: arn, LoadBalancerInfo } =
      spec?.Resources[0]?.TargetService.Properties ?? {}
    const definition = definitions.find((one) => one.arn === arn)
    const isBehind = definition?.containers.some(
      ({ name }) => name === LoadBalancerInfo?.ContainerName,
    )
    if (!definition || !isBehind)
      throw new Refusal('InvalidRevisionException', 'The AppSpec file is not valid.')
    if (definition.status !== 'ACTIVE')
      throw new Refusal('InvalidECSServiceException', `${arn} is not ACTIVE.`)
    return definition
  }

  function running(id: string): Deployment {
    const [, deployment] = all().find(([, one]) => one.id === id) ?? []
    if (!deployment) throw new Refusal('DeploymentDoesNotExistException', `${id} does not exist.`)
    if (isEnded(deployment))
      throw new Refusal('DeploymentAlreadyCompletedException', `${id} has ended.`)
    return deployment
  }

  return {
    GetDeploymentGroup: ({ applicationName, deploymentGroupName }) => ({
      deploymentGroupInfo: groupView(groupOf(applicationName, deploymentGroupName)),
    }),

    ListDeployments({ applicationName, deploymentGroupName, includeOnlyStatuses: only }) {
      const { deployments } = groupOf(applicationName, deploymentGroupName)
      const asked = deployments.filter(({ status }) => !only || only.includes(status))
      const ids = (listsOldestFirst() ? asked : asked.toReversed()).map(({ id }) => id)
      const isMore = ids.length > pageSize
      return { deployments: ids.slice(0, pageSize), ...(isMore ? { nextToken: 'more' } : {}) }
    },

    BatchGetDeployments: ({ deploymentIds }) => ({
      deploymentsInfo: all()
        .filter(([, { id }]) => deploymentIds.includes(id))
        .map(([group, deployment]) => deploymentView(group, deployment)),
    }),

    BatchGetApplicationRevisions: ({ applicationName, revisions }) => ({
      applicationName,
      revisions: revisions.flatMap(({ appSpecContent: { sha256 } }) => {
        const content = machine.specs.get(`${applicationName} ${sha256}`)
        return content === undefined
          ? []
          : [
              {
                revisionLocation: {
                  revisionType: 'AppSpecContent',
                  appSpecContent: { content, sha256 },
                },
              },
            ]
      }),
    }),

    CreateDeployment({ applicationName, deploymentGroupName, revision, description }) {
      const group = groupOf(applicationName, deploymentGroupName)
      const newest = group.deployments.at(-1)
      if (newest && !isEnded(newest))
        throw new Refusal(
          'DeploymentLimitExceededException',
          `The Deployment Group '${deploymentGroupName}' already has an active Deployment '${newest.id}'`,
        )
      const { content } = revision.appSpecContent
      const definition = definitionIn(content)
      const sha256 = machine.keepSpec(applicationName, content)
      const { id } = machine.create(group, definition, { sha256, description })
      changed()
      return { deploymentId: id }
    },

    ContinueDeployment({ deploymentId }) {
      const deployment = running(deploymentId)
      if (deployment.status !== 'Ready' || deployment.stopping || deployment.isContinued)
        throw new Refusal(
          'DeploymentIsNotInReadyStateException',
          `${deploymentId} is not waiting to reroute traffic.`,
        )
      deployment.isContinued = true
      deployment.status = 'InProgress'
      changed()
      return {}
    },

    StopDeployment({ deploymentId }) {
      const deployment = running(deploymentId)
      if (!deployment.stopping) changed()
      deployment.stopping = { isTakenBack: true }
      return { status: 'Pending', statusMessage: 'The deployment is being stopped.' }
    },
  }
}
