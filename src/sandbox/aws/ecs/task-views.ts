import type { Fields } from '#sandbox/cluster/objects.ts'
import type { Definition, Service, Task } from './state.ts'
import { at, clusterArn } from './view-parts.ts'

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
