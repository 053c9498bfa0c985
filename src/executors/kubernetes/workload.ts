import { z } from 'zod'
import type { RevisionId } from '#domain/ids.ts'
import type { KubernetesApi } from './api.ts'
import type { Kept } from './kept.ts'
import { kindOf } from './kinds/index.ts'
import { Metadata, Pod, Workload } from './objects.ts'
import { type Edit, writtenBy } from './edit.ts'
import { deploymentPath, kubeSystemPath, namespaced, podsPath } from './paths.ts'
import type { KubernetesTarget } from './schema.ts'

export function workloadsPath(target: KubernetesTarget): string {
  const { group, version, plural } = kindOf(target)
  return namespaced(`${group}/${version}`, target, plural)
}
export const workloadPath = (target: KubernetesTarget): string =>
  `${workloadsPath(target)}/${encodeURIComponent(target.name)}`

/** Where an edit is sent. */
export function editPath(target: KubernetesTarget, edit: Edit, workload: Workload): string {
  const object = writtenBy(edit, workload)
  if (object !== workload) return deploymentPath(target, object.metadata.name)
  return `${workloadPath(target)}${edit.isOfStatus ? '/status' : ''}`
}

/** `undefined` when there is none. */
export async function readWorkload(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<Workload | undefined> {
  const workload = await api.get(workloadPath(target), Workload, signal)
  return workload && resolved(api, target, workload, signal)
}

/** One that was read with others, in the form in which its versions are kept. */
export async function resolved(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  signal: AbortSignal,
): Promise<Workload> {
  const query = { labelSelector: selectorText(workload) }
  return kindOf(target).resolved?.(api, target, query, workload, signal) ?? workload
}

/** The cluster's own name, whatever its address says. */
export async function readClusterUid(api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const namespace = await api.get(kubeSystemPath, z.object({ metadata: Metadata }), signal)
  if (!namespace) throw new Error('the cluster has no namespace kube-system')
  return namespace.metadata.uid
}

/** Every version of the workload the platform keeps, newest first. */
export async function readKept(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  signal: AbortSignal,
): Promise<readonly Kept[]> {
  const query = { labelSelector: selectorText(workload) }
  const kept = await kindOf(target).readKept(api, target, query, signal)
  return kept
    .filter(({ metadata }) => isOwned(metadata, workload))
    .toSorted((a, b) => b.number - a.number)
}

/** Its pods, terminating ones too. Those that carry the same labels but belong to somebody else are left out. */
export async function readAllPods(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  kept: readonly Kept[],
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const query = { labelSelector: selectorText(workload) }
  const { items } = await api.list(podsPath(target), Pod, query, signal)
  const owners = new Set([workload.metadata.uid, ...kept.map(({ metadata }) => metadata.uid)])
  return items.filter(({ metadata }) =>
    (metadata.ownerReferences ?? []).some(
      ({ uid, controller }) => controller === true && owners.has(uid),
    ),
  )
}

/** Its pods that are not on their way out. */
export async function readPods(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  kept: readonly Kept[],
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const pods = await readAllPods(api, target, workload, kept, signal)
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp)
}

/** The pods that run `revision`, by the hash their controller gave them. */
export function podsOf(
  pods: readonly Pod[],
  kept: readonly Kept[],
  revision: RevisionId,
): readonly Pod[] {
  const own = kept.filter((one) => one.revision === revision)
  return pods.filter(({ metadata }) =>
    own.some(({ hashLabel, hashes }) => hashes.includes(metadata.labels?.[hashLabel] ?? '')),
  )
}

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** Why a pod does not get ready, in the platform's words. */
export function troubleOf({ status }: Pod): string | undefined {
  for (const one of [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]) {
    const { waiting, terminated } = one.state ?? {}
    if (waiting?.reason && !/^(ContainerCreating|PodInitializing)$/.test(waiting.reason))
      return [waiting.reason, waiting.message].filter(Boolean).join(' – ')
    if (terminated && terminated.exitCode !== 0)
      return `${terminated.reason ?? 'Error'} (exit code ${terminated.exitCode ?? 'unknown'})`
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled')
  return scheduled?.status === 'False'
    ? [scheduled.reason, scheduled.message].filter(Boolean).join(' – ')
    : undefined
}

export const wantedOf = (target: KubernetesTarget, workload: Workload): number =>
  kindOf(target).wanted(workload)

/** Whether the template that is asked for is out everywhere: every pod of it, available, and no other left. */
export const isSettled = (target: KubernetesTarget, workload: Workload): boolean =>
  !isLagging(workload) && kindOf(target).isOut(workload, wantedOf(target, workload))

export const isLagging = ({ metadata, status }: Workload): boolean =>
  (status.observedGeneration ?? 0) < (metadata.generation ?? 0)

/** Until its controller has noticed it, a template that lacks what the API server fills in is of no version that is known. */
export const isUnclear = (target: KubernetesTarget, workload: Workload): boolean =>
  isLagging(workload) && kindOf(target).resolved !== undefined

const isOwned = ({ ownerReferences }: Metadata, workload: Workload): boolean =>
  (ownerReferences ?? []).some(
    ({ uid, controller }) => controller === true && uid === workload.metadata.uid,
  )

/** In the form of a `labelSelector`. */
export function selectorText({ spec }: Workload): string {
  const { matchLabels, matchExpressions } = spec.selector
  return [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => {
      const list = `(${(values ?? []).join(',')})`
      return (
        {
          In: `${key} in ${list}`,
          NotIn: `${key} notin ${list}`,
          Exists: key,
          DoesNotExist: `!${key}`,
        }[operator] ?? key
      )
    }),
  ].join(',')
}
