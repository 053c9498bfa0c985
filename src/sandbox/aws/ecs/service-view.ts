import type { Fields } from '#sandbox/cluster/objects.ts'
import {
  inFlight,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
  type TaskSet,
  wantedBy,
} from './state.ts'
import { alive } from './tasks.ts'
import { at, clusterArn, configurationView, countsOf, summaryView } from './view-parts.ts'

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
