import type { Deployment, ReplicaSet } from '../objects.ts'
import type { Context } from './context.ts'
import { reportDeployment } from './deployment-status.ts'
import {
  cleanUp,
  currentReplicaSet,
  replicaSetsOf,
  revisionAnnotation,
  revisionOf,
  type Sets,
} from './replica-sets-of.ts'
import { recreate, rollingUpdate } from './rollout.ts'

/** One look at a Deployment, as the controller manager takes it after every change. */
export function reconcileDeployment(context: Context, deployment: Deployment): void {
  const sets = replicaSetsOf(context, deployment)
  if (deployment.spec.paused) {
    scaleAlone(context, deployment, sets)
    const { current, old } = replicaSetsOf(context, deployment)
    reportDeployment(context, deployment, current, old, false)
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

/** A paused Deployment still scales the only ReplicaSet that is in use, or where none is the current one, else the one that was made last (deployment util, `FindActiveOrLatest`). */
function scaleAlone({ store }: Context, deployment: Deployment, { current, old }: Sets): void {
  const used = [...old, ...(current ? [current] : [])].filter(({ spec }) => spec.replicas > 0)
  const alone = used[0] ?? current ?? old.toSorted(byAge).at(-1)
  if (!alone || used.length > 1 || alone.spec.replicas === deployment.spec.replicas) return
  store.put('ReplicaSet', {
    ...alone,
    metadata: { ...alone.metadata, generation: (alone.metadata.generation ?? 1) + 1 },
    spec: { ...alone.spec, replicas: deployment.spec.replicas },
  })
}

/** Those of the same second by their names. */
const byAge = ({ metadata: a }: ReplicaSet, { metadata: b }: ReplicaSet): number =>
  a.creationTimestamp.localeCompare(b.creationTimestamp) || a.name.localeCompare(b.name)
