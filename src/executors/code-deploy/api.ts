import { z } from 'zod'
import { type AwsOptions, asking, clientOptions, regionName } from '#executors/aws/ask.ts'
import { isFault } from '#executors/aws/failure.ts'
import { type AppSpec, appSpecOf } from './app-spec.ts'
import { Deployment, Group, inFlight, Revision } from './objects.ts'
import type { CodeDeployTarget } from './schema.ts'

export type CodeDeployApi = ReturnType<typeof codeDeployApi>

/** What one call may be asked about (documented limit): so many of the newest are looked at. */
const mostLooked = 25

/** CodeDeploy in one region. What is read is tried again by the SDK; what changes something never is: whoever asks reads first what became of it. */
export function codeDeployApi(options: AwsOptions) {
  const { beforeChange } = options
  const service = { title: 'CodeDeploy', prefix: 'codedeploy' }
  const asked = asking(service, options, async () => {
    const sdk = await import('@aws-sdk/client-codedeploy')
    return {
      ...sdk,
      reads: new sdk.CodeDeployClient({ ...clientOptions(options), maxAttempts: 3 }),
      writes: new sdk.CodeDeployClient({ ...clientOptions(options), maxAttempts: 1 }),
    }
  })
  /** By application and digest: an AppSpec never changes. */
  const known = new Map<string, AppSpec>()
  const nameOf = ({ application, group }: CodeDeployTarget) =>
    `deployment group ${application}/${group}`

  async function fetchSpecs(
    applicationName: string,
    revisions: readonly Revision[],
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await asked(
      'BatchGetApplicationRevisions',
      `application ${applicationName}`,
      signal,
      (sdk, abortSignal) =>
        sdk.reads.send(
          new sdk.BatchGetApplicationRevisionsCommand({
            applicationName,
            revisions: revisions.map(asAsked),
          }),
          { abortSignal },
        ),
    )
    for (const { revisionLocation } of answer.revisions ?? []) {
      const { appSpecContent, string } = Revision.parse(revisionLocation ?? {})
      const { content, sha256 } = appSpecContent ?? string ?? {}
      const spec = content === undefined ? undefined : appSpecOf(content)
      if (spec && sha256) known.set(`${applicationName} ${sha256}`, spec)
    }
  }

  async function group(target: CodeDeployTarget, signal: AbortSignal): Promise<Group | undefined> {
    const { application: applicationName, group: deploymentGroupName } = target
    const { deploymentGroupInfo } = await asked(
      'GetDeploymentGroup',
      nameOf(target),
      signal,
      (sdk, abortSignal) =>
        sdk.reads.send(
          new sdk.GetDeploymentGroupCommand({ applicationName, deploymentGroupName }),
          { abortSignal },
        ),
    ).catch(noneWhereGone)
    return deploymentGroupInfo && Group.parse(deploymentGroupInfo)
  }

  /** One page of ids: of all, or only of those that are under way. */
  async function listed(
    target: CodeDeployTarget,
    signal: AbortSignal,
    isUnderWay: boolean,
  ): Promise<readonly string[]> {
    const { application: applicationName, group: deploymentGroupName } = target
    const only = isUnderWay ? { includeOnlyStatuses: [...inFlight] } : {}
    const { deployments = [] } = await asked(
      'ListDeployments',
      nameOf(target),
      signal,
      (sdk, abortSignal) =>
        sdk.reads.send(
          new sdk.ListDeploymentsCommand({ applicationName, deploymentGroupName, ...only }),
          { abortSignal },
        ),
    ).catch(noneWhereGone)
    return deployments
  }

  return {
    region: regionName(options),

    /** `undefined` where there is no such application or group. */
    group,

    /**
     * Up to 25 deployments, the newest first by when they were made; none where there is no such group. CodeDeploy does not promise an order
     * of its list, so whatever is under way and the group's last one are asked for by themselves.
     */
    async deployments(target: CodeDeployTarget, signal: AbortSignal): Promise<Lately> {
      const [found, ids, underWay] = await Promise.all([
        group(target, signal),
        listed(target, signal, false),
        listed(target, signal, true),
      ])
      const last = found?.lastAttemptedDeployment?.deploymentId
      const looked = [...new Set([...(last === undefined ? [] : [last]), ...underWay, ...ids])]
      if (looked.length === 0) return { group: found, deployments: [], unlisted: undefined }
      const newest = looked.slice(0, mostLooked)
      const { deploymentsInfo } = await asked(
        'BatchGetDeployments',
        nameOf(target),
        signal,
        (sdk, abortSignal) =>
          sdk.reads.send(new sdk.BatchGetDeploymentsCommand({ deploymentIds: newest }), {
            abortSignal,
          }),
      )
      const deployments = z
        .array(Deployment)
        .parse(deploymentsInfo ?? [])
        .toSorted(
          (one, other) =>
            other.createTime - one.createTime ||
            newest.indexOf(one.deploymentId) - newest.indexOf(other.deploymentId),
        )
      const [first] = deployments
      const isLast = first !== undefined && first.deploymentId === last
      return {
        group: found,
        deployments,
        unlisted: isLast && !ids.slice(0, mostLooked).includes(last) ? last : undefined,
      }
    },

    /** The AppSpecs of deployments, by their ids; those that lie elsewhere than with CodeDeploy are not known. */
    async appSpecs(
      { application }: CodeDeployTarget,
      deployments: readonly Deployment[],
      signal: AbortSignal,
    ): Promise<ReadonlyMap<string, AppSpec>> {
      const wanted = new Map(
        deployments.flatMap(({ revision }) => {
          const { sha256, content } = revision?.appSpecContent ?? revision?.string ?? {}
          const isAsked = sha256 && content === undefined && !known.has(`${application} ${sha256}`)
          return revision && isAsked ? [[sha256, revision] as const] : []
        }),
      )
      if (wanted.size > 0) await fetchSpecs(application, [...wanted.values()], signal)
      return new Map(
        deployments.flatMap(({ deploymentId, revision }) => {
          const { sha256, content } = revision?.appSpecContent ?? revision?.string ?? {}
          const spec =
            content === undefined ? known.get(`${application} ${sha256}`) : appSpecOf(content)
          return spec ? [[deploymentId, spec] as const] : []
        }),
      )
    },

    /** All traffic at once, as soon as the new tasks are well: what serves is what is to go. */
    async create(
      target: CodeDeployTarget,
      content: string,
      description: string,
      signal: AbortSignal,
    ): Promise<void> {
      beforeChange?.()
      await asked('CreateDeployment', nameOf(target), signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.CreateDeploymentCommand({
            applicationName: target.application,
            deploymentGroupName: target.group,
            deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
            revision: { revisionType: 'AppSpecContent', appSpecContent: { content } },
            description,
          }),
          { abortSignal },
        ),
      )
    },

    /** Has a deployment that waits before its first traffic go on; never one that keeps the former tasks, which would end them. */
    async goOn(deploymentId: string, signal: AbortSignal): Promise<void> {
      beforeChange?.()
      await asked('ContinueDeployment', `deployment ${deploymentId}`, signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.ContinueDeploymentCommand({ deploymentId, deploymentWaitType: 'READY_WAIT' }),
          { abortSignal },
        ),
      )
    },

    /** Has CodeDeploy take back what the deployment has moved so far. */
    async stop(deploymentId: string, signal: AbortSignal): Promise<void> {
      beforeChange?.()
      await asked('StopDeployment', `deployment ${deploymentId}`, signal, (sdk, abortSignal) =>
        sdk.writes.send(
          new sdk.StopDeploymentCommand({ deploymentId, autoRollbackEnabled: true }),
          {
            abortSignal,
          },
        ),
      )
    },
  }
}

/** What a group has deployed lately. */
export interface Lately {
  readonly group: Group | undefined
  readonly deployments: readonly Deployment[]
  /** The group's last one, where it is not among those of the list that are looked at: what came before it is not known then. */
  readonly unlisted: string | undefined
}

function noneWhereGone(error: unknown): Record<string, never> {
  if (isFault(error, 'ApplicationDoesNotExistException', 'DeploymentGroupDoesNotExistException'))
    return {}
  throw error
}

/** By its digest: the content is what is asked for. */
const asAsked = ({ revisionType, appSpecContent, string }: Revision) => ({
  revisionType: revisionType === 'String' ? ('String' as const) : ('AppSpecContent' as const),
  ...(appSpecContent ? { appSpecContent: { sha256: appSpecContent.sha256 } } : {}),
  ...(string ? { string: { sha256: string.sha256 } } : {}),
})
