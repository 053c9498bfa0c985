import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import type { KubernetesParts } from '../context.ts'
import { ApiFailure, hasCode, NoAnswer } from '../failure.ts'
import { kindOf } from '../kinds/index.ts'
import { argoCdNeeds } from '../rights.ts'
import type { KubernetesTarget, Owner } from '../schema.ts'
import { whyNotPaused } from './may-pause.ts'
import { Application, ApplicationSet } from './objects.ts'
import type { GitOpsOwner } from './owner.ts'
import { isSyncing } from './sync-change.ts'
import { type ArgoCdPlace, usualPlace } from './place.ts'
import { type Claim, claimsOf } from './claims.ts'
import { isSyncPaused, ownerPath } from './owner-object.ts'

type ArgoClaim = Extract<Claim, { by: 'argo-cd' }>

/** The Application that brings this workload what Git has; `undefined` where a label only looked like one. */
export async function argoOwner(
  parts: KubernetesParts,
  target: KubernetesTarget,
  claim: ArgoClaim,
  signal: AbortSignal,
): Promise<GitOpsOwner | undefined> {
  const place = parts.argoCd?.get(target.cluster) ?? usualPlace(target.cluster)
  const at = {
    kind: 'application',
    cluster: place.cluster,
    namespace: claim.namespace ?? place.namespace,
    name: claim.application,
  } as const
  const said = { tool: 'Argo CD', name: `Application ${at.namespace}/${at.name}`, at } as const
  const api = parts.clusters.get(place.cluster)
  const unknown = (why: string): GitOpsOwner | undefined =>
    claim.isCertain ? { ...said, syncs: { kind: 'unknown', why } } : undefined
  if (!api) return unknown(`${place.cluster} is not among the configured clusters`)
  const found = await api.get(ownerPath(at), Application, signal).catch(orWhy)
  if (typeof found === 'string') return unknown(found)
  const own = found && listed(found, target)
  if (!found || (!own && !claim.isCertain))
    return unknown(`there is no such Application in ${place.cluster}`)
  return { ...said, syncs: await syncsOf({ api, place, at, target }, found, signal) }
}

interface Written {
  readonly refused?: string
  readonly doubted?: string
}

interface Around {
  readonly api: KubernetesApi
  readonly place: ArgoCdPlace
  readonly at: Omit<Owner, 'uid'>
  readonly target: KubernetesTarget
}

async function syncsOf(
  { api, place, at, target }: Around,
  found: Application,
  signal: AbortSignal,
): Promise<GitOpsOwner['syncs']> {
  const { automated } = found.spec.syncPolicy ?? {}
  if (!automated || automated['enabled'] === false)
    return isSyncing(found)
      ? { kind: 'under_way' }
      : { kind: isSyncPaused(found.metadata) ? 'paused' : 'when_asked' }
  const written = await writtenBy(api, place, at, found, signal)
  const why = written?.refused ?? (await whyNotPaused(api, target, at, argoCdNeeds.pause, signal))
  if (why !== undefined) return { kind: 'unstoppable', why }
  const owner: Owner = { ...at, uid: found.metadata.uid }
  return {
    kind: 'by_itself',
    pause: { kind: 'set_sync', owner, automated },
    others: otherWorkloads(found, target),
    ...(written?.doubted === undefined ? {} : { doubt: written.doubted }),
  }
}

/** Who would write a pause of the Application away, or may where nobody can see it, in a sentence. */
async function writtenBy(
  api: KubernetesApi,
  place: ArgoCdPlace,
  at: Omit<Owner, 'uid'>,
  { metadata }: Application,
  signal: AbortSignal,
): Promise<Written | undefined> {
  const set = metadata.ownerReferences?.find(({ kind }) => kind === 'ApplicationSet')
  if (set) {
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${at.namespace}/applicationsets/${set.name}`
    const found = await api.get(path, ApplicationSet, signal).catch(orWhy)
    if (typeof found === 'string' || !found)
      return {
        refused: `the ApplicationSet ${set.name} writes the Application, and whether it would switch its sync on again cannot be seen (${found ?? 'it is gone'})`,
      }
    if (ignoresSync(found, metadata.name)) return undefined
    const policy = found.spec.syncPolicy?.applicationsSync
    return policy && leavingPolicies.includes(policy)
      ? {
          doubted: `the ApplicationSet ${set.name} leaves the pause alone by its policy ${policy}, which does not count where its controller is started with --policy; let it ignore /spec/syncPolicy (ignoreApplicationDifferences)`,
        }
      : {
          refused: `the ApplicationSet ${set.name} writes the Application and would switch its sync on again; let it ignore /spec/syncPolicy (ignoreApplicationDifferences)`,
        }
  }
  for (const claim of claimsOf(at, metadata)) {
    // Flux leaves alone what is annotated so, and the pause annotates it.
    if (claim.by !== 'argo-cd') continue
    const parent = { ...at, namespace: claim.namespace ?? place.namespace, name: claim.application }
    if (parent.name === at.name && parent.namespace === at.namespace) continue
    const found = await api.get(ownerPath(parent), Application, signal).catch(orWhy)
    if (!found && !claim.isCertain) continue
    if (typeof found === 'string' || !found)
      return {
        refused: `the Application ${parent.name} writes this one, and whether it syncs by itself cannot be seen (${found ?? 'it is not there'})`,
      }
    const { automated } = found.spec.syncPolicy ?? {}
    if (automated && automated['enabled'] !== false && writes(found, at))
      return {
        refused: `the Application ${parent.name} writes this one and would switch its sync on again`,
      }
  }
  return undefined
}

const writes = ({ status }: Application, at: Omit<Owner, 'uid'>): boolean =>
  status?.resources?.some(
    ({ kind, name, namespace }) =>
      kind === 'Application' && name === at.name && namespace === at.namespace,
  ) ?? true

/** Its rules let the sync of this Application be switched off (docs: Controlling Resource Modification). */
function ignoresSync({ spec }: ApplicationSet, application: string): boolean {
  return (spec.ignoreApplicationDifferences ?? [])
    .filter(({ name }) => name === undefined || name === '' || name === application)
    .some(
      ({ jsonPointers, jqPathExpressions }) =>
        jsonPointers?.some((pointer) => pointersToSync.includes(pointer)) ||
        jqPathExpressions?.some((path) => pathsToSync.includes(path)),
    )
}
/** An Application that is there is not written again; `--policy` of the controller outdoes them (Argo CD, applicationset/utils/policy.go). */
const leavingPolicies: readonly string[] = ['create-only', 'create-delete']
const pointersToSync: readonly string[] = ['/spec/syncPolicy', '/spec/syncPolicy/automated']
const pathsToSync: readonly string[] = ['.spec.syncPolicy', '.spec.syncPolicy.automated']

/** As its status lists what it manages. */
export const listed = ({ status }: Application, target: KubernetesTarget) =>
  status?.resources?.find(
    ({ group, kind, namespace, name }) =>
      group === kindOf(target).group &&
      kind.toLowerCase() === target.kind &&
      namespace === target.namespace &&
      name === target.name,
  )

const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']

const otherWorkloads = (application: Application, target: KubernetesTarget): readonly string[] =>
  (application.status?.resources ?? [])
    .filter((one) => workloads.includes(one.kind) && one !== listed(application, target))
    .map(({ kind, name }) => `${kind.toLowerCase()} ${name}`)

/** A cluster without the kind answers like one without the object. */
export function orWhy(error: unknown): string | undefined {
  if (hasCode(error, 404)) return undefined
  if (error instanceof NotAllowed || error instanceof ApiFailure || error instanceof NoAnswer)
    return error.message
  throw error
}
