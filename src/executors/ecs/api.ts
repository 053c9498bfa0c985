import { z } from 'zod'
import { type AwsOptions, asking, clientOptions, inChunks, regionName } from '#executors/aws/ask.ts'
import { isFault } from '#executors/aws/failure.ts'
import { definitionsApi } from './definitions.ts'
import { Brief, Deployment, EcsService, EcsTask, ServiceRevision } from './objects.ts'
import type { EcsTarget } from './schema.ts'

export type EcsApi = ReturnType<typeof ecsApi>

/** What one call may be asked about (documented limits). */
const mostAtOnce = 20
const mostTasks = 100
/** Deployments of 90 days, as far as anybody would look back. */
const mostPages = 5

export type AskedOfEcs = ReturnType<typeof asking<Awaited<ReturnType<typeof connect>>>>

async function connect(options: AwsOptions) {
  const sdk = await import('@aws-sdk/client-ecs')
  return {
    ...sdk,
    reads: new sdk.ECSClient({ ...clientOptions(options), maxAttempts: 3 }),
    writes: new sdk.ECSClient({ ...clientOptions(options), maxAttempts: 1 }),
  }
}

/** ECS in one region. What is read is tried again by the SDK; what changes something never is: whoever asks reads first what became of it. */
export function ecsApi(options: AwsOptions) {
  const { beforeChange } = options
  const region = regionName(options)
  const asked = asking({ title: 'ECS', prefix: 'ecs' }, options, () => connect(options))

  const nameOf = ({ cluster, service }: EcsTarget) => `service ${cluster}/${service}`

  return {
    region,

    /** `undefined` where there is none, or it was deleted. */
    async service(target: EcsTarget, signal: AbortSignal): Promise<EcsService | undefined> {
      const { cluster, service } = target
      try {
        const { services, failures } = await asked(
          'DescribeServices',
          nameOf(target),
          signal,
          (sdk, abortSignal) =>
            sdk.reads.send(new sdk.DescribeServicesCommand({ cluster, services: [service] }), {
              abortSignal,
            }),
        )
        const [found] = z.array(EcsService).parse(services ?? [])
        const [failure] = failures ?? []
        if (!found && failure && failure.reason !== 'MISSING')
          throw new Error(`ECS does not tell of ${nameOf(target)}: ${failure.reason}`)
        return found?.status === 'INACTIVE' ? undefined : found
      } catch (error) {
        if (isFault(error, 'ClusterNotFoundException')) return undefined
        throw error
      }
    },

    /** The newest first. `isAll`: all that ECS still tells of, else the newest hundred. */
    async deployments(
      target: EcsTarget,
      signal: AbortSignal,
      isAll = false,
    ): Promise<readonly Brief[]> {
      const { cluster, service } = target
      const rows: Brief[] = []
      let nextToken: string | undefined
      for (let page = 0; page < (isAll ? mostPages : 1); page += 1) {
        const answer = await asked(
          'ListServiceDeployments',
          nameOf(target),
          signal,
          (sdk, abortSignal) =>
            sdk.reads.send(
              new sdk.ListServiceDeploymentsCommand({
                cluster,
                service,
                maxResults: 100,
                nextToken,
              }),
              { abortSignal },
            ),
        )
        rows.push(...z.array(Brief).parse(answer.serviceDeployments ?? []))
        nextToken = answer.nextToken
        if (nextToken === undefined) break
      }
      return rows.toSorted((one, other) => other.createdAt - one.createdAt)
    },

    describedDeployments: (arns: readonly string[], signal: AbortSignal) =>
      inChunks(arns, mostAtOnce, async (some) => {
        const { serviceDeployments } = await asked(
          'DescribeServiceDeployments',
          'its deployments',
          signal,
          (sdk, abortSignal) =>
            sdk.reads.send(
              new sdk.DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [...some] }),
              { abortSignal },
            ),
        )
        return z.array(Deployment).parse(serviceDeployments ?? [])
      }),

    revisions: (arns: readonly string[], signal: AbortSignal) =>
      inChunks(arns, mostAtOnce, async (some) => {
        const { serviceRevisions } = await asked(
          'DescribeServiceRevisions',
          'its revisions',
          signal,
          (sdk, abortSignal) =>
            sdk.reads.send(
              new sdk.DescribeServiceRevisionsCommand({ serviceRevisionArns: [...some] }),
              { abortSignal },
            ),
        )
        return z.array(ServiceRevision).parse(serviceRevisions ?? [])
      }),

    ...definitionsApi(asked, beforeChange),

    /** At most a hundred: more are counted by the service itself. */
    async tasks(
      target: EcsTarget,
      desiredStatus: 'RUNNING' | 'STOPPED',
      signal: AbortSignal,
    ): Promise<readonly EcsTask[]> {
      const { cluster, service: serviceName } = target
      const { taskArns = [] } = await asked(
        'ListTasks',
        nameOf(target),
        signal,
        (sdk, abortSignal) =>
          sdk.reads.send(
            new sdk.ListTasksCommand({
              cluster,
              serviceName,
              desiredStatus,
              maxResults: mostTasks,
            }),
            { abortSignal },
          ),
      )
      if (taskArns.length === 0) return []
      const { tasks } = await asked('DescribeTasks', nameOf(target), signal, (sdk, abortSignal) =>
        sdk.reads.send(new sdk.DescribeTasksCommand({ cluster, tasks: taskArns }), { abortSignal }),
      )
      return z.array(EcsTask).parse(tasks ?? [])
    },

    /** Nothing but the task definition: the count is an autoscaler's, and what is not named stays. `isAnew`: also where it is the one that the service names. */
    async deploy(
      target: EcsTarget,
      taskDefinition: string,
      signal: AbortSignal,
      isAnew = false,
    ): Promise<void> {
      const { cluster, service } = target
      beforeChange?.()
      await asked('UpdateService', nameOf(target), signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.UpdateServiceCommand({
            cluster,
            service,
            taskDefinition,
            ...(isAnew ? { forceNewDeployment: true } : {}),
          }),
          {
            abortSignal,
          },
        ),
      )
    },

    /** Nothing but the count, of which ECS makes no deployment. */
    async scale(target: EcsTarget, desiredCount: number, signal: AbortSignal): Promise<void> {
      const { cluster, service } = target
      beforeChange?.()
      await asked('UpdateService', nameOf(target), signal, (sdk, abortSignal) =>
        sdk.writes.send(new sdk.UpdateServiceCommand({ cluster, service, desiredCount }), {
          abortSignal,
        }),
      )
    },

    async stopDeployment(serviceDeploymentArn: string, signal: AbortSignal): Promise<void> {
      beforeChange?.()
      await asked('StopServiceDeployment', serviceDeploymentArn, signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }),
          { abortSignal },
        ),
      )
    },

    /** Has a deployment that waits at a hook go on, or takes it back. */
    async answerHook(
      serviceDeploymentArn: string,
      hookId: string,
      action: 'CONTINUE' | 'ROLLBACK',
      signal: AbortSignal,
    ): Promise<void> {
      beforeChange?.()
      await asked('ContinueServiceDeployment', serviceDeploymentArn, signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.ContinueServiceDeploymentCommand({
            serviceDeploymentArn,
            hookId,
            action,
          }),
          { abortSignal },
        ),
      )
    },
  }
}
