import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Service, ServiceDeployment, ServiceRevision } from './state.ts'
import { at, clusterArn, configurationView, summaryView } from './view-parts.ts'

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
