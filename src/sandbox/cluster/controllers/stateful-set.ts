import type { ControllerRevision, Pod, PodTemplate, StatefulSet } from '../objects.ts'
import { type Context } from './context.ts'
import { createPod, deletePod, isAvailable, isReady, isTerminating, podsOf } from './pods-of.ts'
import { currentRevision, forgetRevisions, templateOf } from './revisions.ts'

/** Label by which a pod says which revision made it. */
const hashLabel = 'controller-revision-hash'

/** Ordered pods. A pod that never becomes ready blocks everything behind it, an undo included, until somebody deletes it. */
export function reconcileStatefulSet(context: Context, set: StatefulSet): void {
  const update = currentRevision(context, set)
  const old =
    set.status.currentRevision === undefined
      ? update
      : (context.store.get(
          'ControllerRevision',
          set.metadata.namespace ?? '',
          set.status.currentRevision,
        ) ?? update)
  step(context, set, old, update)
  report(context, set, old, update)
}

function step(
  context: Context,
  set: StatefulSet,
  old: ControllerRevision,
  update: ControllerRevision,
): void {
  const pods = podsOf(context, set)
  const { replicas, podManagementPolicy, updateStrategy } = set.spec
  const isOrdered = podManagementPolicy === 'OrderedReady'
  const partition = updateStrategy.rollingUpdate?.partition ?? 0
  const at = (ordinal: number) => pods.find((pod) => ordinalOf(pod) === ordinal)
  for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
    const pod = at(ordinal)
    if (pod === undefined) {
      create(context, set, ordinal, ordinal < partition ? old : update)
      if (isOrdered) return
    } else if (isOrdered && !isHealthy(context, set, pod)) return
  }
  const surplus = pods.filter((pod) => ordinalOf(pod) >= replicas)
  for (const pod of surplus.toSorted((a, b) => ordinalOf(b) - ordinalOf(a))) {
    deletePod(context, set, pod)
    if (isOrdered) return
  }
  if (updateStrategy.type === 'OnDelete') return
  for (let ordinal = replicas - 1; ordinal >= partition; ordinal -= 1) {
    const pod = at(ordinal)
    if (pod === undefined) return
    if (hashOf(pod) !== update.metadata.name && !isTerminating(pod))
      return deletePod(context, set, pod)
    if (!isHealthy(context, set, pod)) return
  }
}

function create(
  context: Context,
  set: StatefulSet,
  ordinal: number,
  revision: ControllerRevision,
): void {
  const name = `${set.metadata.name}-${ordinal}`
  createPod(context, set, templateOf(revision) as unknown as PodTemplate, {
    name,
    labels: {
      [hashLabel]: revision.metadata.name,
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
    },
  })
}

function report(
  context: Context,
  set: StatefulSet,
  old: ControllerRevision,
  update: ControllerRevision,
): void {
  const pods = podsOf(context, set)
  const ready = pods.filter(isReady)
  const running = pods.filter((pod) => !isTerminating(pod))
  const updated = running.filter((pod) => hashOf(pod) === update.metadata.name).length
  const isDone = updated === set.spec.replicas && ready.length === set.spec.replicas
  const current = isDone ? update : old
  const { generation } = set.metadata
  context.store.put('StatefulSet', {
    ...set,
    status: {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      replicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => isAvailable(context, pod, set.spec.minReadySeconds))
        .length,
      currentReplicas: running.filter((pod) => hashOf(pod) === current.metadata.name).length,
      updatedReplicas: updated,
      currentRevision: current.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: 0,
    },
  })
  forgetRevisions(context, set, [current.metadata.name, update.metadata.name, ...pods.map(hashOf)])
}

const isHealthy = (context: Context, set: StatefulSet, pod: Pod): boolean =>
  !isTerminating(pod) && isAvailable(context, pod, set.spec.minReadySeconds)

const ordinalOf = (pod: Pod): number => Number(pod.metadata.name.split('-').at(-1))
const hashOf = (pod: Pod): string | undefined => pod.metadata.labels?.[hashLabel]
