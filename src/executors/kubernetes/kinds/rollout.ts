import type { Step } from '#domain/rollback/plan.ts'
import { objectIn, textIn } from '../revision.ts'
import { abortStep, promoteStep, resumeStep, templateStep, type Way } from '../steps.ts'
import { absolute, countOf } from '../strategy.ts'
import type { WorkloadKind } from './kind.ts'
import { keptForRollout, withKeptTemplate } from './rollout-replica-sets.ts'
import { isBetweenVersions, rolloutWarnings, servingServices } from './rollout-state.ts'

/** A Rollout of Argo Rollouts, by canary or by blue-green. */
export const rollout: WorkloadKind = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'rollouts',
  keptAs: 'replicasets',
  writesStatus: true,
  readKept: keptForRollout,
  resolved: withKeptTemplate,
  wanted: ({ spec }) => spec.replicas ?? 1,
  /** Its word for it, and that it is said of this version: what waits for its end by `scaleDownDelay` runs on beside it. */
  isOut: ({ status }, wanted) =>
    status.phase === 'Healthy' &&
    status.stableRS !== undefined &&
    status.stableRS === status.currentPodHash &&
    (status.updatedReplicas ?? 0) >= wanted,
  failure: ({ status }) =>
    status.abort === true && status.stableRS !== status.currentPodHash
      ? (status.message ?? 'the rollout was aborted')
      : undefined,
  warnings: rolloutWarnings,
  services: servingServices,
  atATime({ raw }, wanted) {
    const { canary } = objectIn(raw.spec['strategy'])
    const { maxSurge = '25%', maxUnavailable = '25%', trafficRouting } = objectIn(canary)
    if (canary === undefined || trafficRouting !== undefined) return wanted
    return (
      absolute(countOf(maxSurge), wanted, Math.ceil) +
      absolute(countOf(maxUnavailable), wanted, Math.floor)
    )
  },
  isHeldUpByAPod: false,
  steps,
  /** Promotion in full is the usual way already; its pods give way as its own strategy says. */
  fastest: () => [],
  fastestText: () => '',
  unsupported({ raw, templateOwner }) {
    const { kind, name } = objectIn(raw.spec['workloadRef'])
    if (name === undefined || templateOwner) return []
    const where = `its template lives in the ${textIn(kind)} ${textIn(name)} (workloadRef)`
    return kind === 'Deployment'
      ? [`${where}, which is not there`]
      : [`${where}; only a Deployment's is changed here`]
  },
  mayBeParked: () => false,
}

/**
 * By its state. What is in progress is aborted first, which takes its traffic away at once, and the template is put back
 * then, since an aborted Rollout still asks for the bad version. What is promoted cannot be aborted: there the old
 * template would go through all steps and analyses as a new canary, so it is promoted in full.
 */
function steps(way: Way): readonly Step[] {
  const { status, spec } = way.workload
  const stable = way.kept.find(({ hashes }) => hashes.includes(status.stableRS ?? ''))
  const isToStable = stable?.revision === way.to
  const isAbortable = isBetweenVersions(way.workload) && status.abort !== true
  const isPaused = spec.paused === true
  return [
    ...(isAbortable ? [abortStep(way)] : []),
    // Taken back, the version that was left goes through its own steps, which may wait for a person: nobody waits for those.
    templateStep(way, isToStable && !isPaused ? 'pods' : undefined, false),
    ...(isPaused ? [resumeStep(way, isToStable ? 'pods' : undefined)] : []),
    ...(isToStable ? [] : [promoteStep(way)]),
  ]
}
