import type { Fields } from '#sandbox/cluster/objects.ts'
import {
  type Definition,
  inFlight,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
  type Task,
  type TaskSet,
  wantedBy,
} from './state.ts'
import { alive } from './tasks.ts'

/** JSON 1.1 writes moments as seconds since 1970. */
const at = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1_000

const countsOf = (service: Service, revision: ServiceRevision) => {
  const own = alive(service).filter((task) => task.revision === revision)
  const running = own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
  return { running, pending: own.length - running }
}

export function serviceView(service: Service): Fields {
  const newest = service.deployments.at(-1)
  const revisions = new Set(newest ? [wantedBy(newest)] : [])
  if (service.controller === 'ECS') for (const task of alive(service)) revisions.add(task.revision)
  const all = alive(service)
  const running = all.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: clusterArn(service),
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: all.length - running,
    launchType: service.around.launchType,
    platformVersion: service.around.platformVersion,
    loadBalancers: service.around.loadBalancers,
    networkConfiguration: service.around.networkConfiguration,
    serviceRegistries: [],
    taskDefinition: service.definition.arn,
    deploymentConfiguration: configurationView(service),
    deployments: newest ? [...revisions].map((one) => deploymentView(service, newest, one)) : [],
    events: service.events.slice(0, 100).map(({ id, createdAt, message }) => ({
      id,
      createdAt: at(createdAt),
      message,
    })),
    createdAt: at(service.createdAt),
    ...(newest && inFlight.includes(newest.status) ? { currentServiceDeployment: newest.arn } : {}),
    currentServiceRevisions: [...revisions].map((revision) => summaryView(service, revision)),
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: service.controller },
    ...(service.sets.length > 0
      ? { taskSets: service.sets.map((set) => setView(service, set)) }
      : {}),
    resourceManagementType: service.managedBy,
  }
}

function setView(
  service: Service,
  { id, revision, createdAt, externalId, status }: TaskSet,
): Fields {
  const { running, pending } = countsOf(service, revision)
  return {
    id,
    taskSetArn: `${service.arn.replace(':service/', ':task-set/')}/${id}`,
    serviceArn: service.arn,
    clusterArn: clusterArn(service),
    ...(externalId === undefined ? {} : { startedBy: 'CODE_DEPLOY', externalId }),
    status,
    taskDefinition: revision.definition.arn,
    computedDesiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    createdAt: at(createdAt),
    launchType: revision.around.launchType,
    platformVersion: revision.around.platformVersion,
    networkConfiguration: revision.around.networkConfiguration,
    loadBalancers: revision.around.loadBalancers,
    scale: { value: 100, unit: 'PERCENT' },
    stabilityStatus: running === service.desiredCount ? 'STEADY_STATE' : 'STABILIZING',
  }
}

const clusterArn = ({ arn, cluster }: Service): string =>
  `${arn.split(':service/')[0]}:cluster/${cluster}`

function configurationView({ settings }: Service): Fields {
  const { breaker, alarms, pauses } = settings
  return {
    strategy: settings.strategy,
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    bakeTimeInMinutes: settings.bakeMinutes,
    deploymentCircuitBreaker: {
      enable: breaker !== undefined,
      rollback: breaker?.rollback ?? false,
    },
    alarms: {
      alarmNames: alarms?.names ?? [],
      enable: alarms !== undefined,
      rollback: alarms?.rollback ?? false,
    },
    lifecycleHooks: pauses ? [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }] : [],
  }
}

function summaryView(service: Service, revision: ServiceRevision): Fields {
  const { running, pending } = countsOf(service, revision)
  return {
    arn: revision.arn,
    requestedTaskCount: service.desiredCount,
    runningTaskCount: running,
    pendingTaskCount: pending,
  }
}

function deploymentView(
  service: Service,
  newest: ServiceDeployment,
  revision: ServiceRevision,
): Fields {
  const isPrimary = revision === wantedBy(newest)
  const { running, pending } = countsOf(service, revision)
  const isMoving = inFlight.includes(newest.status)
  const hasFailed = newest.status === 'STOPPED' || newest.status === 'ROLLBACK_FAILED'
  return {
    id: `ecs-svc/${revision.arn.split('/').at(-1)}`,
    status: isPrimary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: revision.definition.arn,
    desiredCount: isPrimary ? service.desiredCount : 0,
    runningCount: running,
    pendingCount: pending,
    failedTasks: isPrimary ? newest.failedTasks : 0,
    createdAt: at(revision.createdAt),
    updatedAt: at(newest.createdAt),
    launchType: revision.around.launchType,
    platformVersion: revision.around.platformVersion,
    networkConfiguration: revision.around.networkConfiguration,
    ...(isPrimary
      ? {
          rolloutState: isMoving ? 'IN_PROGRESS' : hasFailed ? 'FAILED' : 'COMPLETED',
          rolloutStateReason: newest.statusReason ?? 'ECS deployment in progress.',
        }
      : {}),
  }
}

export const briefView = (service: Service, deployment: ServiceDeployment): Fields => ({
  serviceDeploymentArn: deployment.arn,
  serviceArn: service.arn,
  clusterArn: clusterArn(service),
  createdAt: at(deployment.createdAt),
  startedAt: at(deployment.startedAt),
  finishedAt: at(deployment.finishedAt),
  targetServiceRevisionArn: deployment.target.arn,
  status: deployment.status,
  statusReason: deployment.statusReason,
})

export function serviceDeploymentView(service: Service, deployment: ServiceDeployment): Fields {
  const { target, sources, rollback, hook, status } = deployment
  const { breaker, alarms } = service.settings
  const isShifted = deployment.bakeUntilMs !== undefined && !rollback
  const summary = (revision: ServiceRevision, weight: number): Fields => ({
    ...summaryView(service, revision),
    requestedTestTrafficWeight: 0,
    requestedProductionTrafficWeight: weight,
  })
  const watch = status === 'IN_PROGRESS' ? 'MONITORING' : 'MONITORING_COMPLETE'
  const { targetServiceRevisionArn: _, ...brief } = briefView(service, deployment)
  return {
    ...brief,
    stoppedAt: at(deployment.stoppedAt),
    updatedAt: at(deployment.finishedAt ?? deployment.startedAt ?? deployment.createdAt),
    sourceServiceRevisions: sources.map((one) => summary(one, isShifted ? 0 : 100)),
    targetServiceRevision: summary(target, isShifted ? 100 : 0),
    lifecycleStage: deployment.stage,
    lifecycleHookDetails: hook
      ? [
          {
            hookId: hook.id,
            targetType: 'PAUSE',
            status: hook.status,
            expiresAt: (at(deployment.createdAt) ?? 0) + 86_400,
            timeoutAction: 'ROLLBACK',
          },
        ]
      : [],
    deploymentConfiguration: configurationView(service),
    ...(rollback
      ? {
          rollback: {
            reason: rollback.reason,
            startedAt: at(rollback.at),
            serviceRevisionArn: rollback.revision.arn,
          },
        }
      : {}),
    deploymentCircuitBreaker: breaker
      ? {
          status: deployment.failures >= breaker.threshold ? 'TRIGGERED' : watch,
          failureCount: deployment.failures,
          threshold: breaker.threshold,
        }
      : { status: 'DISABLED', failureCount: 0, threshold: 0 },
    alarms: {
      status: alarms ? watch : 'DISABLED',
      alarmNames: alarms?.names ?? [],
      triggeredAlarmNames: [],
    },
  }
}

export const revisionView = (service: Service, revision: ServiceRevision): Fields => ({
  serviceRevisionArn: revision.arn,
  serviceArn: service.arn,
  clusterArn: clusterArn(service),
  taskDefinition: revision.definition.arn,
  launchType: revision.around.launchType,
  platformVersion: revision.around.platformVersion,
  platformFamily: 'Linux',
  loadBalancers: revision.around.loadBalancers,
  networkConfiguration: revision.around.networkConfiguration,
  containerImages: revision.images,
  guardDutyEnabled: false,
  createdAt: at(revision.createdAt),
})

export const definitionView = (definition: Definition): Fields => ({
  ...definition.settings,
  taskDefinitionArn: definition.arn,
  family: definition.family,
  revision: definition.revision,
  status: definition.status,
  containerDefinitions: definition.containers,
  registeredAt: at(definition.registeredAt),
  registeredBy: definition.registeredBy,
  volumes: [],
  placementConstraints: [],
})

export function taskView(service: Service, task: Task): Fields {
  const { revision, lastStatus } = task
  return {
    taskArn: task.arn,
    clusterArn: clusterArn(service),
    taskDefinitionArn: revision.definition.arn,
    group: `service:${service.name}`,
    startedBy: `ecs-svc/${revision.arn.split('/').at(-1)}`,
    lastStatus: task.isEnding ? 'STOPPING' : lastStatus,
    desiredStatus: lastStatus === 'STOPPED' ? 'STOPPED' : 'RUNNING',
    healthStatus: lastStatus === 'RUNNING' ? 'HEALTHY' : 'UNKNOWN',
    createdAt: at(task.createdAt),
    startedAt: lastStatus === 'RUNNING' ? at(task.createdAt) : undefined,
    stoppedAt: at(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: revision.images.map(({ containerName, image, imageDigest }, index) => ({
      name: containerName,
      image,
      imageDigest,
      taskArn: task.arn,
      networkInterfaces: [{ attachmentId: `eni-${task.ip}`, privateIpv4Address: task.ip }],
      lastStatus,
      healthStatus: lastStatus === 'RUNNING' ? 'HEALTHY' : 'UNKNOWN',
      ...(index === 0 && task.exitCode !== undefined ? { exitCode: task.exitCode } : {}),
    })),
    launchType: revision.around.launchType,
  }
}
