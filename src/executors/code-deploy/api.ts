import { z } from 'zod'
import { type AwsOptions, asking, clientOptions, regionName } from '#executors/aws/ask.ts'
import { isFault } from '#executors/aws/failure.ts'
import { type AppSpec, appSpecOf } from './app-spec.ts'
import { Deployment, Group, Revision } from './objects.ts'
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

  return {
    region: regionName(options),

    /** `undefined` where there is no such application or group. */
    async group(target: CodeDeployTarget, signal: AbortSignal): Promise<Group | undefined> {
      const { application: applicationName, group: deploymentGroupName } = target
      try {
        const { deploymentGroupInfo } = await asked(
          'GetDeploymentGroup',
          nameOf(target),
          signal,
          (sdk, abortSignal) =>
            sdk.reads.send(
              new sdk.GetDeploymentGroupCommand({ applicationName, deploymentGroupName }),
              { abortSignal },
            ),
        )
        return deploymentGroupInfo && Group.parse(deploymentGroupInfo)
      } catch (error) {
        if (isFault(error, ...noGroup)) return undefined
        throw error
      }
    },

    /** The newest 25, the newest first; none where there is no such group. */
    async deployments(
      target: CodeDeployTarget,
      signal: AbortSignal,
    ): Promise<readonly Deployment[]> {
      const { application: applicationName, group: deploymentGroupName } = target
      const { deployments: ids = [] } = await asked(
        'ListDeployments',
        nameOf(target),
        signal,
        (sdk, abortSignal) =>
          sdk.reads.send(new sdk.ListDeploymentsCommand({ applicationName, deploymentGroupName }), {
            abortSignal,
          }),
      ).catch((error: unknown) => {
        if (isFault(error, ...noGroup)) return { deployments: [] }
        throw error
      })
      if (ids.length === 0) return []
      const newest = ids.slice(0, mostLooked)
      const { deploymentsInfo } = await asked(
        'BatchGetDeployments',
        nameOf(target),
        signal,
        (sdk, abortSignal) =>
          sdk.reads.send(new sdk.BatchGetDeploymentsCommand({ deploymentIds: newest }), {
            abortSignal,
          }),
      )
      return z
        .array(Deployment)
        .parse(deploymentsInfo ?? [])
        .toSorted(
          (one, other) =>
            other.createTime - one.createTime ||
            newest.indexOf(one.deploymentId) - newest.indexOf(other.deploymentId),
        )
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

const noGroup = [
  'ApplicationDoesNotExistException',
  'DeploymentGroupDoesNotExistException',
] as const

/** By its digest: the content is what is asked for. */
const asAsked = ({ revisionType, appSpecContent, string }: Revision) => ({
  revisionType: revisionType === 'String' ? ('String' as const) : ('AppSpecContent' as const),
  ...(appSpecContent ? { appSpecContent: { sha256: appSpecContent.sha256 } } : {}),
  ...(string ? { string: { sha256: string.sha256 } } : {}),
})
