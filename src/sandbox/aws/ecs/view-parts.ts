import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Service, ServiceRevision } from './state.ts'
import { alive } from './tasks.ts'

/** JSON 1.1 writes moments as seconds since 1970. */
export const at = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1_000

export const countsOf = (service: Service, revision: ServiceRevision) => {
  const own = alive(service).filter((task) => task.revision === revision)
  const running = own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length
  return { running, pending: own.length - running }
}

export const clusterArn = ({ arn, cluster }: Service): string =>
  `${arn.split(':service/')[0]}:cluster/${cluster}`

export function configurationView({ settings }: Service): Fields {
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

export function summaryView(service: Service, revision: ServiceRevision): Fields {
  const { running, pending } = countsOf(service, revision)
  return {
    arn: revision.arn,
    requestedTaskCount: service.desiredCount,
    runningTaskCount: running,
    pendingTaskCount: pending,
  }
}
