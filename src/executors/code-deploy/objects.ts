import { z } from 'zod'
import { between, fromDate, type Instant, seconds } from '#domain/time.ts'

/** What is used of CodeDeploy's answers; the rest passes by. */
const Moment = z.date().transform(fromDate)

const Content = z.object({ content: z.string().optional(), sha256: z.string().optional() })

/** Where an AppSpec lies. CodeDeploy tells of a deployment's own only the digest; a file in S3 or GitHub it does not tell at all. */
export const Revision = z.object({
  revisionType: z.string().optional(),
  appSpecContent: Content.optional(),
  /** What was called so before. */
  string: Content.optional(),
})
export type Revision = z.infer<typeof Revision>

/** When CodeDeploy takes a deployment back by itself. */
const AutoRollback = z.object({
  enabled: z.boolean().default(false),
  events: z.array(z.string()).default([]),
})

export const Deployment = z.object({
  deploymentId: z.string(),
  status: z.string(),
  createTime: Moment,
  startTime: Moment.optional(),
  completeTime: Moment.optional(),
  creator: z.string().optional(),
  description: z.string().optional(),
  revision: Revision.optional(),
  errorInformation: z
    .object({ code: z.string().optional(), message: z.string().optional() })
    .optional(),
  autoRollbackConfiguration: AutoRollback.optional(),
  rollbackInfo: z
    .object({
      rollbackDeploymentId: z.string().optional(),
      rollbackTriggeringDeploymentId: z.string().optional(),
      rollbackMessage: z.string().optional(),
    })
    .optional(),
  /** All traffic is on what it brings; the tasks before are only kept for a while. */
  instanceTerminationWaitTimeStarted: z.boolean().optional(),
})
export type Deployment = z.infer<typeof Deployment>

export const Group = z.object({
  computePlatform: z.string().optional(),
  lastAttemptedDeployment: z.object({ deploymentId: z.string().optional() }).optional(),
  ecsServices: z
    .array(z.object({ serviceName: z.string().optional(), clusterName: z.string().optional() }))
    .default([]),
  alarmConfiguration: z
    .object({
      enabled: z.boolean().default(false),
      alarms: z.array(z.object({ name: z.string().default('') })).default([]),
    })
    .optional(),
  blueGreenDeploymentConfiguration: z
    .object({
      deploymentReadyOption: z
        .object({
          actionOnTimeout: z.string().optional(),
          waitTimeInMinutes: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
})
export type Group = z.infer<typeof Group>

const ended = ['Succeeded', 'Failed', 'Stopped']
/** What CodeDeploy can be asked for by name. */
export const inFlight = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const

/** A status that is not known yet is taken for under way: nothing is raced. */
export const isInFlight = ({ status }: Pick<Deployment, 'status'>): boolean =>
  !ended.includes(status)

/** CodeDeploy made it itself, to take another one back. */
export const isReturn = ({ rollbackInfo }: Deployment): boolean =>
  rollbackInfo?.rollbackTriggeringDeploymentId !== undefined

/** CodeDeploy makes the deployment that takes another one back a moment after that one has ended. */
const returnsWithin = seconds(60)

/** It has just ended, and CodeDeploy may be about to take it back: until that is told, or will not come any more, nothing is to be put beside it. */
export function mayBeReturned(
  { status, completeTime, rollbackInfo, autoRollbackConfiguration: auto }: Deployment,
  now: Instant,
): boolean {
  const isAwaited =
    status === 'Stopped' ||
    (status === 'Failed' && auto?.enabled === true && auto.events.includes('DEPLOYMENT_FAILURE'))
  const { rollbackDeploymentId, rollbackTriggeringDeploymentId } = rollbackInfo ?? {}
  const isTold = rollbackDeploymentId !== undefined || rollbackTriggeringDeploymentId !== undefined
  if (!isAwaited || isTold || completeTime === undefined) return false
  // Its clock may go before ours.
  return Math.abs(between(completeTime, now)) < returnsWithin
}

/** Its deployments get no traffic before somebody says so. */
export const waitsForWord = (group: Group | undefined): boolean =>
  group?.blueGreenDeploymentConfiguration?.deploymentReadyOption?.actionOnTimeout ===
  'STOP_DEPLOYMENT'

/** How long they wait for that before CodeDeploy stops them; absent where it does not say. */
export const waitMinutes = (group: Group | undefined): number | undefined =>
  group?.blueGreenDeploymentConfiguration?.deploymentReadyOption?.waitTimeInMinutes

/** It did not come to its end, whoever's word that was. */
export const wasRejected = ({ status }: Deployment): boolean =>
  status === 'Failed' || status === 'Stopped'

/** How our own deployments are told from others, in their descriptions. */
export const ownMark = 'Countermand: '

/** One of ours that was stopped, by our undo or by a person: that says nothing of the version it brought. */
export const isCalledOff = ({ status, description }: Deployment): boolean =>
  status === 'Stopped' && description?.startsWith(ownMark) === true

/** As CodeDeploy says it. */
export const reasonOf = ({ status, errorInformation }: Deployment): string =>
  errorInformation?.message ?? errorInformation?.code ?? status.toLowerCase()
