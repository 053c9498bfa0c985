import { readControllerRevisions } from '../kept.ts'
import { beginSteps, removeStep, rollbackSteps } from '../steps.ts'
import { absolute, onDeleteText, strategyOf } from '../strategy.ts'
import type { WorkloadKind } from './kind.ts'

export const daemonSet: WorkloadKind = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  keptAs: 'controllerrevisions',
  readKept: readControllerRevisions,
  wanted: ({ status }) => status.desiredNumberScheduled ?? 0,
  isOut: ({ status }, wanted) =>
    (status.updatedNumberScheduled ?? 0) === wanted && (status.numberAvailable ?? 0) === wanted,
  atATime(workload, wanted) {
    const { rollingUpdate } = strategyOf(workload)
    return (
      absolute(rollingUpdate?.maxSurge ?? 0, wanted, Math.ceil) +
      absolute(rollingUpdate?.maxUnavailable ?? 1, wanted, Math.floor)
    )
  },
  isHeldUpByAPod: false,
  steps: rollbackSteps,
  fastest: (way) => [...beginSteps(way), removeStep(way, null)],
  fastestText: (from) =>
    `It deletes every pod of ${from} at once, whether or not new ones are ready.`,
  losesWithoutDelete: 'cannot be finished at once in an emergency',
  unsupported: onDeleteText,
  /** By a node selector that no node has. */
  mayBeParked: () => true,
}
