import type { Workload } from './objects.ts'
import type { KubernetesTarget } from './schema.ts'
import { isLagging, strategyOf, wantedOf } from './workload.ts'

/** Whether the template that is asked for is out everywhere: every pod of it, available, and no other left. */
export function isSettled(target: KubernetesTarget, workload: Workload): boolean {
  if (isLagging(workload)) return false
  const { status } = workload
  const wanted = wantedOf(target, workload)
  switch (target.kind) {
    case 'deployment':
      return (
        (status.updatedReplicas ?? 0) === wanted &&
        (status.replicas ?? 0) === wanted &&
        (status.availableReplicas ?? 0) === wanted
      )
    case 'statefulset': {
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
    }
    case 'daemonset':
      return (
        (status.updatedNumberScheduled ?? 0) === wanted && (status.numberAvailable ?? 0) === wanted
      )
  }
}

/** The controller's own statement that it gave up, if it makes one. */
export function deadlineExceeded(workload: Workload) {
  return workload.status.conditions?.find(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  )
}

/** When the template was last changed by us, to the second, if the platform says. */
export function changedByUsAt({ metadata }: Workload): number | undefined {
  const times = (metadata.managedFields ?? [])
    .filter(({ manager }) => manager === fieldManager)
    .flatMap(({ time }) => (time ? [Date.parse(time)] : []))
  return times.length > 0 ? Math.max(...times) : undefined
}

export const fieldManager = 'countermand'
