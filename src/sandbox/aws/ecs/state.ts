import type { Fields } from '#sandbox/cluster/objects.ts'

/** What runs in one container, and under which image. */
export interface ContainerDefinition extends Fields {
  readonly name: string
  readonly image: string
}

export interface Definition {
  readonly arn: string
  readonly family: string
  readonly revision: number
  readonly registeredAt: Date
  readonly registeredBy: string
  readonly containers: readonly ContainerDefinition[]
  readonly tags?: readonly Fields[]
  /** Such as `cpu`, `memory`, `taskRoleArn`. */
  readonly settings: Fields
  status: 'ACTIVE' | 'INACTIVE'
}

/** What a deployment brings beside the task definition. */
export interface Surroundings {
  readonly launchType: 'FARGATE' | 'EC2'
  readonly platformVersion: string
  readonly networkConfiguration: Fields
  readonly loadBalancers: readonly Fields[]
}

export interface ServiceRevision {
  readonly arn: string
  readonly definition: Definition
  readonly images: readonly {
    readonly containerName: string
    readonly image: string
    readonly imageDigest: string
  }[]
  readonly createdAt: Date
  readonly around: Surroundings
}

export type TaskStatus = 'PENDING' | 'RUNNING' | 'STOPPED'
export interface Task {
  readonly arn: string
  readonly revision: ServiceRevision
  readonly ip: string
  readonly createdAt: Date
  /** On the clock of `Engine.ms`: when it starts, or fails to. */
  dueMs: number
  lastStatus: TaskStatus
  /** It was told to end, and its containers have not yet. */
  isEnding?: boolean
  stoppedAt?: Date
  stopCode?: string
  stoppedReason?: string
  exitCode?: number
}

export type DeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'SUCCESSFUL'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED'

export interface ServiceDeployment {
  readonly arn: string
  readonly createdAt: Date
  readonly target: ServiceRevision
  readonly sources: readonly ServiceRevision[]
  status: DeploymentStatus
  stage:
    | 'SCALE_UP'
    | 'POST_SCALE_UP'
    | 'POST_TEST_TRAFFIC_SHIFT'
    | 'BAKE_TIME'
    | 'CLEAN_UP'
    | undefined
  statusReason?: string
  startedAt?: Date
  finishedAt?: Date
  stoppedAt?: Date
  hook?: { readonly id: string; isLast: boolean; status: 'AWAITING_ACTION' | 'SUCCEEDED' }
  bakeUntilMs?: number
  rollback?: { readonly reason: string; readonly at: Date; readonly revision: ServiceRevision }
  /** In a row; one that runs sets it to nothing. */
  failedTasks: number
  /** All of them, which is what the circuit breaker counts. */
  failures: number
}

export interface DeploymentSettings {
  readonly strategy: 'ROLLING' | 'BLUE_GREEN'
  readonly bakeMinutes: number
  /** Waits for somebody when all tasks of the new version run. */
  pauses: boolean
  /** …and once more before production's traffic is shifted: one hook for two stages, which keeps its id. */
  readonly pausesTwice?: boolean
  readonly breaker?: { readonly rollback: boolean; readonly threshold: number }
  readonly alarms?: { readonly names: readonly string[]; readonly rollback: boolean }
}

/** What another controller than ECS itself runs beside others of the same service. */
export interface TaskSet {
  readonly id: string
  readonly revision: ServiceRevision
  readonly createdAt: Date
  /** Who made it, where that was CodeDeploy. */
  readonly externalId?: string
  status: 'PRIMARY' | 'ACTIVE'
}

export interface Service {
  readonly arn: string
  readonly cluster: string
  readonly name: string
  readonly createdAt: Date
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL'
  readonly managedBy: 'CUSTOMER' | 'ECS'
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'
  desiredCount: number
  definition: Definition
  around: Surroundings
  settings: DeploymentSettings
  /** Oldest first. */
  readonly deployments: ServiceDeployment[]
  readonly tasks: Task[]
  readonly sets: TaskSet[]
  readonly events: { readonly id: string; readonly createdAt: Date; readonly message: string }[]
}

export const inFlight: readonly DeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
]

/** The version that a deployment brings, or brings back. */
export const wantedBy = ({ rollback, target }: ServiceDeployment): ServiceRevision =>
  rollback?.revision ?? target

/** The one that ended well last, whichever way. */
export const settledIn = ({ deployments }: Service): ServiceRevision | undefined => {
  const last = deployments.findLast(
    ({ status }) => status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL',
  )
  return last && wantedBy(last)
}
