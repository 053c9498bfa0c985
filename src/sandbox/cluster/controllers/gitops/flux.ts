import type { Folder, Git } from '../../git.ts'
import type { Kustomization } from '../../gitops-objects.ts'
import type { Workload } from '../../objects.ts'
import type { Context } from '../context.ts'
import { bring, isAsInGit, live } from './bring.ts'

const flux = {
  manager: 'kustomize-controller',
  user: 'system:serviceaccount:flux-system:kustomize-controller',
}
const usualIntervalMs = 60_000

/** Applies each Kustomization when Git has a new commit and once in its interval, but for the objects that are to be left alone. */
export function createFlux(context: Context, git: Git) {
  const nextAt = new Map<string, number>()

  function reconcile(kustomization: Kustomization, folder: Folder): void {
    const { uid } = kustomization.metadata
    const now = context.now().getTime()
    const isNew = kustomization.status?.lastAppliedRevision !== folder.revision
    const due = nextAt.get(uid) ?? now
    if (!isNew && now < due) {
      context.again(due - now)
      return
    }
    nextAt.set(uid, now + milliseconds(kustomization.spec.interval))
    const differing = folder.workloads.filter(
      (one) => !isLeftAlone(live(context, one)) && !isAsInGit(context, one),
    )
    const refusals = differing.flatMap((one) => bring(context, one, flux) ?? [])
    const { revision } = folder
    const reason = refusals.length > 0 ? 'ReconciliationFailed' : 'ReconciliationSucceeded'
    context.store.put('Kustomization', {
      ...kustomization,
      status: {
        ...kustomization.status,
        observedGeneration: kustomization.metadata.generation ?? 0,
        ...(refusals.length > 0 ? {} : { lastAppliedRevision: revision }),
        conditions: [
          {
            type: 'Ready',
            status: refusals.length > 0 ? 'False' : 'True',
            reason,
            message: refusals[0] ?? `Applied revision: main@sha1:${revision}`,
          },
        ],
        history: [
          {
            digest: revision,
            lastReconciled: context.now().toISOString(),
            lastReconciledStatus: reason,
          },
        ],
      },
    })
  }

  return {
    pass(): void {
      for (const kustomization of context.store.list('Kustomization')) {
        const folder = git.at(kustomization.spec.path ?? '')
        if (folder && kustomization.spec.suspend !== true) reconcile(kustomization, folder)
      }
    },
  }
}

/** Looked at on the object in the cluster (kustomize-controller, ApplyOptions.ExclusionSelector). */
const isLeftAlone = (workload: Workload | undefined): boolean =>
  workload?.metadata.annotations?.['kustomize.toolkit.fluxcd.io/reconcile']?.toLowerCase() ===
  'disabled'

function milliseconds(interval = ''): number {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(interval) ?? []
  if (count === undefined) return usualIntervalMs
  return Number(count) * (unit === 's' ? 1_000 : unit === 'm' ? 60_000 : 3_600_000)
}
