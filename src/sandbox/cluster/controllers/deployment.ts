import type { Deployment, ReplicaSet } from '../objects.ts'
import type { Context } from './context.ts'
import { reportDeployment } from './deployment-status.ts'
import {
  cleanUp,
  currentReplicaSet,
  replicaSetsOf,
  revisionAnnotation,
  revisionOf,
} from './replica-sets-of.ts'
import { recreate, rollingUpdate } from './rollout.ts'

/** One look at a Deployment, as the controller manager takes it after every change. */
export function reconcileDeployment(context: Context, deployment: Deployment): void {
  const sets = replicaSetsOf(context, deployment)
  if (deployment.spec.paused) {
    const wanted = sets.current && scaleAlone(context, deployment, sets.current, sets.old)
    reportDeployment(context, deployment, wanted, sets.old, false)
    return
  }
  const current = currentReplicaSet(context, deployment, sets)
  if (sets.current === undefined)
    context.event(
      deployment,
      'Normal',
      'NewReplicaSetCreated',
      `Created new replica set "${current.metadata.name}"`,
    )
  const numbered = numberDeployment(context, deployment, current)
  if (deployment.spec.strategy.type === 'Recreate') recreate(context, numbered, current, sets.old)
  else rollingUpdate(context, numbered, current, sets.old)
  const after = replicaSetsOf(context, numbered)
  const isComplete = reportDeployment(
    context,
    numbered,
    after.current,
    after.old,
    sets.current === undefined,
  )
  if (isComplete) cleanUp(context, numbered, after.old)
}

/** The controller writes the number with the status, so the generation stays. */
function numberDeployment(
  { store }: Context,
  deployment: Deployment,
  current: ReplicaSet,
): Deployment {
  return store.put('Deployment', {
    ...deployment,
    metadata: {
      ...deployment.metadata,
      annotations: {
        ...deployment.metadata.annotations,
        [revisionAnnotation]: String(revisionOf(current)),
      },
    },
  })
}

/** A paused Deployment still scales when only its current ReplicaSet is in use. */
function scaleAlone(
  { store }: Context,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): ReplicaSet {
  if (old.some((set) => set.spec.replicas > 0)) return current
  if (current.spec.replicas === deployment.spec.replicas) return current
  return store.put('ReplicaSet', {
    ...current,
    metadata: { ...current.metadata, generation: (current.metadata.generation ?? 1) + 1 },
    spec: { ...current.spec, replicas: deployment.spec.replicas },
  })
}
