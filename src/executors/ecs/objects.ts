import { z } from 'zod'
import type { Json } from '#domain/json.ts'
import { fromDate } from '#domain/time.ts'

/** What is used of ECS's answers; the rest passes by. */
const Moment = z.date().transform(fromDate)

const RunningTasks = z.object({
  arn: z.string(),
  runningTaskCount: z.number().default(0),
  requestedProductionTrafficWeight: z.number().optional(),
})

const LoadBalancer = z.object({
  targetGroupArn: z.string().optional(),
  containerName: z.string().optional(),
  containerPort: z.number().optional(),
  /** The other one of two, between which ECS moves traffic. */
  advancedConfiguration: z.object({ alternateTargetGroupArn: z.string().optional() }).optional(),
})
export type LoadBalancer = z.infer<typeof LoadBalancer>

const Configuration = z
  .object({
    strategy: z.string().optional(),
    bakeTimeInMinutes: z.number().optional(),
    maximumPercent: z.number().optional(),
    minimumHealthyPercent: z.number().optional(),
    deploymentCircuitBreaker: z.object({ enable: z.boolean(), rollback: z.boolean() }).optional(),
    alarms: z
      .object({ alarmNames: z.array(z.string()), enable: z.boolean(), rollback: z.boolean() })
      .optional(),
    lifecycleHooks: z.array(z.object({ targetType: z.string().optional() })).optional(),
  })
  .default({})

export const EcsService = z.object({
  serviceArn: z.string(),
  serviceName: z.string(),
  status: z.string(),
  desiredCount: z.number(),
  schedulingStrategy: z.string().default(''),
  runningCount: z.number().default(0),
  /** None where somebody else manages its task sets. */
  taskDefinition: z.string().default(''),
  createdAt: Moment.optional(),
  deploymentController: z.object({ type: z.string().optional() }).optional(),
  resourceManagementType: z.string().optional(),
  deploymentConfiguration: Configuration,
  deployments: z
    .array(
      z.object({
        status: z.string(),
        taskDefinition: z.string().optional(),
        failedTasks: z.number().default(0),
        runningCount: z.number().default(0),
        createdAt: Moment.optional(),
        rolloutState: z.string().optional(),
        rolloutStateReason: z.string().optional(),
      }),
    )
    .default([]),
  events: z
    .array(z.object({ createdAt: Moment.optional(), message: z.string().default('') }))
    .default([]),
  loadBalancers: z.array(LoadBalancer).default([]),
  /** Only where somebody else deploys; the deployment of CodeDeploy that made one stands in `externalId`. */
  taskSets: z
    .array(
      z.object({
        status: z.string().default(''),
        externalId: z.string().optional(),
        taskDefinition: z.string().default(''),
        runningCount: z.number().default(0),
        createdAt: Moment.optional(),
        loadBalancers: z.array(LoadBalancer).default([]),
      }),
    )
    .default([]),
  currentServiceDeployment: z.string().optional(),
  currentServiceRevisions: z.array(RunningTasks).default([]),
})
export type EcsService = z.infer<typeof EcsService>

/** One that is not known yet is taken for ended, and for nothing to go back to. */
export const DeploymentStatus = z
  .enum([
    'PENDING',
    'IN_PROGRESS',
    'STOP_REQUESTED',
    'STOPPED',
    'SUCCESSFUL',
    'ROLLBACK_REQUESTED',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_SUCCESSFUL',
    'ROLLBACK_FAILED',
  ])
  .catch('STOPPED')
export type DeploymentStatus = z.infer<typeof DeploymentStatus>

/** A row of the list of deployments. */
export const Brief = z.object({
  serviceDeploymentArn: z.string(),
  targetServiceRevisionArn: z.string().default(''),
  status: DeploymentStatus,
  statusReason: z.string().optional(),
  createdAt: Moment,
  startedAt: Moment.optional(),
  finishedAt: Moment.optional(),
})
export type Brief = z.infer<typeof Brief>

export const Deployment = z.object({
  serviceDeploymentArn: z.string(),
  status: DeploymentStatus,
  statusReason: z.string().optional(),
  createdAt: Moment,
  startedAt: Moment.optional(),
  finishedAt: Moment.optional(),
  sourceServiceRevisions: z.array(RunningTasks).default([]),
  targetServiceRevision: RunningTasks.default({ arn: '', runningTaskCount: 0 }),
  lifecycleStage: z.string().optional(),
  lifecycleHookDetails: z
    .array(
      z.object({
        hookId: z.string().optional(),
        targetType: z.string().optional(),
        status: z.string().optional(),
      }),
    )
    .default([]),
  rollback: z
    .object({ reason: z.string().optional(), serviceRevisionArn: z.string().optional() })
    .optional(),
  deploymentCircuitBreaker: z
    .object({
      status: z.string().optional(),
      failureCount: z.number().default(0),
      threshold: z.number().default(0),
    })
    .optional(),
  alarms: z
    .object({
      status: z.string().optional(),
      triggeredAlarmNames: z.array(z.string()).default([]),
    })
    .optional(),
})
export type Deployment = z.infer<typeof Deployment>

/** Carried as it came: only compared. */
const Raw = z.custom<Json>(() => true).optional()

export const ServiceRevision = z.object({
  serviceRevisionArn: z.string(),
  taskDefinition: z.string(),
  containerImages: z
    .array(
      z.object({
        containerName: z.string(),
        image: z.string().default(''),
        imageDigest: z.string().optional(),
      }),
    )
    .default([]),
  networkConfiguration: Raw,
  loadBalancers: Raw,
  serviceRegistries: Raw,
  serviceConnectConfiguration: Raw,
  vpcLatticeConfigurations: Raw,
  volumeConfigurations: Raw,
  launchType: Raw,
  capacityProviderStrategy: Raw,
  platformVersion: Raw,
})
export type ServiceRevision = z.infer<typeof ServiceRevision>

const Container = z.looseObject({
  name: z.string(),
  image: z.string().default(''),
  environment: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
  dockerLabels: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })).default([]),
  logConfiguration: z
    .object({ logDriver: z.string(), options: z.record(z.string(), z.string()).default({}) })
    .optional(),
})
export type Container = z.infer<typeof Container>

export const TaskDefinition = z.looseObject({
  taskDefinitionArn: z.string(),
  status: z.string().default('ACTIVE'),
  revision: z.number(),
  family: z.string(),
  registeredBy: z.string().optional(),
  registeredAt: Moment.optional(),
  containerDefinitions: z.array(Container).default([]),
})
export type TaskDefinition = z.infer<typeof TaskDefinition> & {
  /** It was deregistered, and the target allows that it is registered once more. */
  readonly mayBeCopied?: true
}

export const isDeployable = (one: TaskDefinition | undefined): boolean =>
  one?.status === 'ACTIVE' || one?.mayBeCopied === true

export const EcsTask = z.object({
  taskArn: z.string(),
  taskDefinitionArn: z.string(),
  lastStatus: z.string().default(''),
  desiredStatus: z.string().default(''),
  healthStatus: z.string().default('UNKNOWN'),
  createdAt: Moment.optional(),
  startedAt: Moment.optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  stoppedAt: Moment.optional(),
  containers: z
    .array(
      z.object({
        name: z.string(),
        image: z.string().default(''),
        imageDigest: z.string().optional(),
        exitCode: z.number().optional(),
        reason: z.string().optional(),
        lastStatus: z.string().optional(),
        networkInterfaces: z
          .array(
            z.object({
              privateIpv4Address: z.string().default(''),
              ipv6Address: z.string().default(''),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})
export type EcsTask = z.infer<typeof EcsTask>
