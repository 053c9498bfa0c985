import type { Application } from '../../gitops-objects.ts'
import type { Folder, Git } from '../../git.ts'
import { resourceOfKind } from '../../resources.ts'
import { type Context, stamp } from '../context.ts'
import { bring, isAsInGit, live } from './bring.ts'

const argoCd = {
  manager: 'argocd-controller',
  user: 'system:serviceaccount:argocd:argocd-application-controller',
}
/** `timeout.reconciliation` and `--self-heal-timeout-seconds`, as they are when nobody says otherwise. */
const compareEveryMs = 180_000
const healAfterMs = 5_000

/** Compares each Application with Git when either changes and every three minutes, and brings what Git has where it syncs by itself. */
export function createArgoCd(context: Context, git: Git) {
  const compared = new Map<string, string>()

  function compare(application: Application, folder: Folder): void {
    const { uid } = application.metadata
    const seen = folder.workloads.map((one) => live(context, one)?.metadata.generation ?? 0)
    const what = `${folder.revision} ${seen.join(' ')}`
    const { reconciledAt = '' } = application.status ?? {}
    const waited = context.now().getTime() - Date.parse(reconciledAt)
    if (compared.get(uid) === what && waited < compareEveryMs && !isAsked(application)) {
      context.again(compareEveryMs - waited)
      return
    }
    compared.set(uid, what)
    write(context, application, folder)
  }

  return {
    pass(): void {
      for (const application of context.store.list('Application')) {
        const folder = git.at(application.spec.source?.path ?? '')
        if (!folder) continue
        compare(synced(context, application, folder), folder)
      }
    },
  }
}

const refresh = 'argocd.argoproj.io/refresh'
const isAsked = ({ metadata }: Application): boolean =>
  metadata.annotations?.[refresh] !== undefined

/** After a sync by itself, where one is due. */
function synced(context: Context, application: Application, folder: Folder): Application {
  const { automated } = application.spec.syncPolicy ?? {}
  const { operationState } = application.status ?? {}
  const differing = folder.workloads.filter((one) => !isAsInGit(context, one))
  if (!automated || automated.enabled === false || differing.length === 0) return application
  const isNew = operationState?.syncResult.revision !== folder.revision
  const waited = context.now().getTime() - Date.parse(operationState?.finishedAt ?? '')
  if (!isNew && automated.selfHeal !== true) return application
  if (!isNew && waited < healAfterMs) {
    context.again(healAfterMs - waited)
    return application
  }
  const refusals = differing.flatMap((one) => bring(context, one, argoCd) ?? [])
  return context.store.put('Application', {
    ...application,
    status: {
      ...application.status,
      operationState: {
        phase: refusals.length > 0 ? 'Failed' : 'Succeeded',
        message: refusals[0] ?? 'successfully synced (all tasks run)',
        finishedAt: stamp(context),
        syncResult: { revision: folder.revision },
      },
    },
  })
}

function write(context: Context, application: Application, { revision, workloads }: Folder): void {
  const resources = workloads.map((one) => ({
    group: resourceOfKind(one.kind)?.group ?? '',
    kind: one.kind,
    namespace: one.metadata.namespace,
    name: one.metadata.name,
    status: isAsInGit(context, one) ? 'Synced' : 'OutOfSync',
  }))
  const isSynced = resources.every(({ status }) => status === 'Synced')
  const { [refresh]: _, ...annotations } = application.metadata.annotations ?? {}
  context.store.put('Application', {
    ...application,
    metadata: { ...application.metadata, annotations },
    status: {
      ...application.status,
      sync: { status: isSynced ? 'Synced' : 'OutOfSync', revision },
      resources,
      reconciledAt: stamp(context),
    },
  })
}
