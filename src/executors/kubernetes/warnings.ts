import type { Warning } from '#domain/rollback/plan.ts'
import type { Kept } from './kept.ts'
import { kindOf } from './kinds/index.ts'
import type { Pod, Workload } from './objects.ts'
import type { Image } from '#domain/rollback/revision.ts'
import { digestIn, imagesOf, isMutableReference, runningRevision } from './revision.ts'
import type { KubernetesTarget } from './schema.ts'
import { isReady, isSettled, podsOf, troubleOf, wantedOf } from './workload.ts'

/** What an approver should know of the workload's present state. */
export function warningsOf(
  target: KubernetesTarget,
  workload: Workload,
  kept: readonly Kept[],
  pods: readonly Pod[],
): readonly Warning[] {
  const wanted = wantedOf(target, workload)
  const id = runningRevision(workload)
  const ready = podsOf(pods, kept, id).filter(isReady).length
  const short = workload.status.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )
  const warnings: (Warning | false)[] = [
    workload.spec.paused === true && { kind: 'paused' },
    wanted === 0 && { kind: 'zero_replicas' },
    wanted > 0 && !isSettled(target, workload) && { kind: 'in_flight', ready, wanted },
    wanted > 0 && !pods.some(isReady) && { kind: 'nothing_serving' },
    short !== undefined && {
      kind: 'short_capacity',
      detail: short.message ?? short.reason ?? 'pods cannot be made',
    },
    ...imagesOf(workload.spec.template)
      .filter(({ reference }) => isMutableReference(reference))
      .map(({ reference }) => ({ kind: 'mutable_tag', image: reference }) as const),
    ...(kindOf(target).warnings?.(workload) ?? []),
    ...stuckPods(target, podsOf(pods, kept, id)).map(
      ({ name, why }) => ({ kind: 'stuck_pod', pod: name, why }) as const,
    ),
    ...pods.filter(isUnschedulable).map(
      (pod) =>
        ({
          kind: 'short_capacity',
          detail: `${pod.metadata.name}: ${troubleOf(pod) ?? 'cannot be scheduled'}`,
        }) as const,
    ),
  ]
  return warnings.filter((warning) => warning !== false)
}

/** What starts under the names of the version to go back to may be something else; a known tag that moved is said, not guessed. */
export function tagWarnings(running: readonly Image[], goal: readonly Image[]): readonly Warning[] {
  return goal.flatMap(({ reference, digest }): readonly Warning[] => {
    if (digestIn(reference)) return []
    const now = running.find((one) => one.reference === reference)
    if (digest && now?.digest && now.digest !== digest)
      return [{ kind: 'tag_moved', image: reference, served: digest, now: now.digest }]
    // What runs under the same name has been warned of.
    return isMutableReference(reference) && !now ? [{ kind: 'mutable_tag', image: reference }] : []
  })
}

/** Those that would be waited for for ever, even when the template is put right. */
export function stuckPods(
  target: KubernetesTarget,
  pods: readonly Pod[],
): readonly { readonly name: string; readonly uid: string; readonly why: string }[] {
  if (!kindOf(target).isHeldUpByAPod) return []
  return pods.flatMap((pod) => {
    const why = isReady(pod) ? undefined : troubleOf(pod)
    return why ? [{ name: pod.metadata.name, uid: pod.metadata.uid, why }] : []
  })
}

const isUnschedulable = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'PodScheduled' && is === 'False') ??
  false
