import { readControllerRevisions } from '../kept.ts'
import { rollbackSteps } from '../steps.ts'
import { absolute, onDeleteText, strategyOf } from '../strategy.ts'
import type { WorkloadKind } from './kind.ts'

export const statefulSet: WorkloadKind = {
  group: 'apps',
  version: 'v1',
  plural: 'statefulsets',
  keptAs: 'controllerrevisions',
  readKept: readControllerRevisions,
  wanted: ({ spec }) => spec.replicas ?? 1,
  isOut(workload, wanted) {
    const { status } = workload
    const partition = strategyOf(workload).rollingUpdate?.partition ?? 0
    const updated = Math.max(0, wanted - partition)
    const available = status.availableReplicas ?? status.readyReplicas ?? 0
    const isOut =
      status.updateRevision !== undefined && status.updateRevision === status.currentRevision
    return (
      (status.replicas ?? 0) === wanted &&
      available === wanted &&
      (isOut || (status.updatedReplicas ?? 0) >= updated)
    )
  },
  atATime: (workload, wanted) =>
    absolute(strategyOf(workload).rollingUpdate?.maxUnavailable ?? 1, wanted, Math.floor),
  isHeldUpByAPod: true,
  steps: rollbackSteps,
  /** Its pods must go one by one. */
  fastest: () => [],
  fastestText: () => '',
  losesWithoutDelete: 'cannot free a stuck StatefulSet pod',
  unsupported(workload) {
    const onDelete = onDeleteText(workload)
    const partition = strategyOf(workload).rollingUpdate?.partition ?? 0
    if (onDelete.length > 0 || partition === 0) return onDelete
    return [
      `its update strategy holds the pods below ${partition} at their version (partition); set the partition to 0 first`,
    ]
  },
  mayBeParked: () => false,
}
