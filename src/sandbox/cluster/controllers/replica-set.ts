import type { Pod, ReplicaSet } from '../objects.ts'
import { type Context, counted } from './context.ts'
import { createPod, deletePod, isAvailable, isReady, isTerminating, podsOf } from './pods-of.ts'

/** Keeps the wanted number of pods. */
export function reconcileReplicaSet(context: Context, set: ReplicaSet): void {
  const pods = podsOf(context, set).filter((pod) => !isTerminating(pod))
  const surplus = pods.length - set.spec.replicas
  for (let missing = -surplus; missing > 0; missing -= 1) createPod(context, set, set.spec.template)
  if (surplus > 0)
    for (const pod of pods.toSorted(leastUseful).slice(0, surplus)) deletePod(context, set, pod)
  report(context, set)
}

/** Not ready first, then the youngest. */
function leastUseful(a: Pod, b: Pod): number {
  if (isReady(a) !== isReady(b)) return isReady(a) ? 1 : -1
  return b.metadata.creationTimestamp < a.metadata.creationTimestamp ? -1 : 1
}

function report(context: Context, set: ReplicaSet): void {
  const all = podsOf(context, set)
  const pods = all.filter((pod) => !isTerminating(pod))
  const ready = pods.filter(isReady)
  const available = ready.filter((pod) => isAvailable(context, pod, set.spec.minReadySeconds))
  context.store.put('ReplicaSet', {
    ...set,
    status: {
      ...(set.metadata.generation === undefined
        ? {}
        : { observedGeneration: set.metadata.generation }),
      replicas: pods.length,
      terminatingReplicas: all.length - pods.length,
      ...counted({
        fullyLabeledReplicas: pods.length,
        readyReplicas: ready.length,
        availableReplicas: available.length,
      }),
    },
  })
}
