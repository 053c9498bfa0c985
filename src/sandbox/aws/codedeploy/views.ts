import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Deployment, Group } from './state.ts'

/** JSON 1.1 writes moments as seconds since 1970. */
const at = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1_000

export function groupView({ application, name, service, settings, deployments }: Group): Fields {
  const [last, good] = [
    deployments.at(-1),
    deployments.findLast((one) => one.status === 'Succeeded'),
  ]
  return {
    applicationName: application,
    deploymentGroupId: '11111111-2222-3333-4444-555555555555',
    deploymentGroupName: name,
    deploymentConfigName: 'CodeDeployDefault.ECSCanary10Percent5Minutes',
    ...(last ? { lastAttemptedDeployment: lastView(last) } : {}),
    ...(good ? { lastSuccessfulDeployment: lastView(good) } : {}),
    computePlatform: 'ECS',
    ecsServices: [{ clusterName: service.cluster, serviceName: service.name }],
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    autoRollbackConfiguration: autoRollback(settings),
    alarmConfiguration: {
      enabled: settings.alarms.length > 0,
      alarms: settings.alarms.map((alarm) => ({ name: alarm })),
    },
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: {
        action: 'TERMINATE',
        terminationWaitTimeInMinutes: settings.keepsMinutes,
      },
      deploymentReadyOption:
        settings.waitsMinutes === undefined
          ? { actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0 }
          : { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: settings.waitsMinutes },
    },
  }
}

const autoRollback = ({ takesBack }: Group['settings']): Fields => ({
  enabled: takesBack,
  events: ['DEPLOYMENT_FAILURE'],
})

const lastView = ({ id, status, createdAt, completedAt }: Deployment): Fields => ({
  deploymentId: id,
  status,
  createTime: at(createdAt),
  ...(completedAt ? { endTime: at(completedAt) } : {}),
})

/** Of its AppSpec only the digest: the content is for whoever asks for the revision. */
export function deploymentView({ application, name, settings }: Group, one: Deployment): Fields {
  return {
    applicationName: application,
    deploymentGroupName: name,
    deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
    deploymentId: one.id,
    ...(one.sha256 === undefined
      ? {}
      : {
          revision: {
            revisionType: 'AppSpecContent',
            appSpecContent: { sha256: one.sha256 },
          },
        }),
    status: one.status,
    errorInformation: one.error,
    createTime: at(one.createdAt),
    startTime: at(one.startedAt),
    completeTime: at(one.completedAt),
    description: one.description,
    creator: one.creator,
    autoRollbackConfiguration: autoRollback(settings),
    rollbackInfo: {
      rollbackDeploymentId: one.takenBackBy?.id,
      rollbackTriggeringDeploymentId: one.takesBack?.id,
    },
    instanceTerminationWaitTimeStarted:
      one.keepsUntilMs !== undefined && !settings.isReadyWhileKeeping,
    computePlatform: 'ECS',
  }
}
