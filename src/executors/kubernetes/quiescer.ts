import type { Blocker } from '#domain/rollback/plan.ts'
import type { Quiescer } from '#ports/quiescer.ts'
import { type KubernetesParts, placeOf } from './context.ts'
import type { GitOpsOwner } from './gitops/owner.ts'
import { syncOwners } from './gitops/owners.ts'
import type { ChangeOf } from './schema.ts'
import { readClusterUid, readWorkload, wantedOf } from './workload.ts'

/** Stops a workload by asking for no pod of it. */
export function kubernetesQuiescer(parts: KubernetesParts): Quiescer {
  return {
    async plan(given, signal) {
      const { target, api } = placeOf(parts, given)
      const [workload, cluster] = await Promise.all([
        readWorkload(api, target, signal),
        readClusterUid(api, signal),
      ])
      if (!workload)
        throw new Error(
          `there is no ${target.kind} ${target.name} in namespace ${target.namespace} of ${target.cluster}`,
        )
      const owners = await syncOwners(parts, target, workload, signal)
      const count = wantedOf(target, workload)
      const change = {
        kind: 'set_scale',
        target,
        workload: given.workload,
        cluster,
        uid: workload.metadata.uid,
        from: count,
        replicas: 0,
      } as const satisfies ChangeOf<'set_scale'>
      return {
        stop: {
          change,
          undo: { ...change, from: 0, replicas: count },
          settles: 'pods',
        },
        runs: { noun: count === 1 ? 'pod' : 'pods', count },
        warnings: [],
        blockers: [
          ...(target.kind === 'daemonset'
            ? [unsupported(`the daemonset ${target.name} has no number of pods that could be 0`)]
            : []),
          ...owners.flatMap((owner) => startsItAgain(target.name, owner)),
        ],
      }
    },
  }
}

const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })

const startsItAgain = (
  name: string,
  { tool, name: owner, syncs }: GitOpsOwner,
): readonly Blocker[] =>
  syncs.kind === 'by_itself' || syncs.kind === 'unstoppable'
    ? [
        unsupported(
          `${tool} (${owner}) would start ${name} again while it must stand still; pause its sync there, and ask again`,
        ),
      ]
    : []
