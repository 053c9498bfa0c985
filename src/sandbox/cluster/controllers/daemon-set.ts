import type { DaemonSet, Pod } from '../objects.ts'
import { type Context, counted, portion } from './context.ts'
import { createPod, deletePod, isAvailable, isReady, isTerminating, podsOf } from './pods-of.ts'
import { currentRevision, forgetRevisions } from './revisions.ts'

const hashLabel = 'controller-revision-hash'

/** One pod on every node; an update replaces `maxUnavailable` nodes at a time, broken old pods at once. */
export function reconcileDaemonSet(
  context: Context,
  set: DaemonSet,
  nodes: readonly string[],
): void {
  const revision = currentRevision(context, set)
  const hash = revision.metadata.labels?.[hashLabel] ?? ''
  const pods = podsOf(context, set)
  for (const nodeName of nodes)
    if (!pods.some((pod) => pod.spec.nodeName === nodeName))
      createPod(context, set, set.spec.template, { nodeName, labels: { [hashLabel]: hash } })
  if (set.spec.updateStrategy.type === 'RollingUpdate') replaceOld(context, set, hash, nodes.length)
  report(context, set, hash, nodes.length)
  forgetRevisions(
    context,
    set,
    [hash, ...pods.map(hashOf)].map((one) => `${set.metadata.name}-${one}`),
  )
}

function replaceOld(context: Context, set: DaemonSet, hash: string, nodes: number): void {
  const pods = podsOf(context, set)
  const isUp = (pod: Pod) =>
    !isTerminating(pod) && isAvailable(context, pod, set.spec.minReadySeconds)
  const old = pods.filter((pod) => hashOf(pod) !== hash && !isTerminating(pod))
  for (const pod of old.filter((one) => !isUp(one))) deletePod(context, set, pod)
  const wanted = set.spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1
  const budget = portion(wanted, nodes, Math.ceil) - (nodes - pods.filter(isUp).length)
  for (const pod of old.filter(isUp).slice(0, Math.max(0, budget))) deletePod(context, set, pod)
}

function report(context: Context, set: DaemonSet, hash: string, nodes: number): void {
  const pods = podsOf(context, set).filter((pod) => !isTerminating(pod))
  const available = pods.filter((pod) => isAvailable(context, pod, set.spec.minReadySeconds))
  const { generation } = set.metadata
  context.store.put('DaemonSet', {
    ...set,
    status: {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      currentNumberScheduled: pods.length,
      desiredNumberScheduled: nodes,
      numberMisscheduled: 0,
      numberReady: pods.filter(isReady).length,
      ...counted({
        numberAvailable: available.length,
        numberUnavailable: nodes - available.length,
        updatedNumberScheduled: pods.filter((pod) => hashOf(pod) === hash).length,
      }),
    },
  })
}

const hashOf = (pod: Pod): string | undefined => pod.metadata.labels?.[hashLabel]
