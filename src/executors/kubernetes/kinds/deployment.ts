import type { Step } from '#domain/rollback/plan.ts'
import { readReplicaSets } from '../kept.ts'
import {
  beginSteps,
  openStep,
  removeStep,
  restoreStrategyStep,
  rollbackSteps,
  type Way,
} from '../steps.ts'
import { absolute, strategyOf } from '../strategy.ts'
import type { WorkloadKind } from './kind.ts'

export const deployment: WorkloadKind = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  keptAs: 'replicasets',
  readKept: readReplicaSets({
    number: 'deployment.kubernetes.io/revision',
    hash: 'pod-template-hash',
  }),
  wanted: ({ spec }) => spec.replicas ?? 1,
  isOut: ({ status }, wanted) =>
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted,
  atATime(workload, wanted) {
    const { type, rollingUpdate } = strategyOf(workload)
    if (type === 'Recreate') return wanted
    return (
      absolute(rollingUpdate?.maxSurge ?? '25%', wanted, Math.ceil) +
      absolute(rollingUpdate?.maxUnavailable ?? '25%', wanted, Math.floor)
    )
  },
  isHeldUpByAPod: false,
  steps: rollbackSteps,
  fastest,
  fastestText: (from) =>
    `It kills every pod of ${from} at once, undrained, whether or not new ones are ready.`,
  losesWithoutDelete: 'cannot be finished at once in an emergency',
  unsupported: () => [],
  mayBeParked: ({ spec }) => spec.replicas === 0,
}

/** Without grace: its pods have no identity that two could hold at once. */
function fastest(way: Way): readonly Step[] {
  const remove = removeStep(way, 0)
  return strategyOf(way.workload).type === 'Recreate'
    ? [...beginSteps(way), remove]
    : [...beginSteps(way), openStep(way), remove, restoreStrategyStep(way)]
}
