import { z } from 'zod'
import type { RevisionId } from '#domain/ids.ts'
import type { KubernetesApi } from './api.ts'
import { ControllerRevision, Metadata, Pod, ReplicaSet, Workload } from './objects.ts'
import { kubeSystemPath, namespaced, podsPath, workloadPath } from './paths.ts'
import { cleanTemplate, revisionOf } from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'

/** A version the platform still keeps: a ReplicaSet's or a ControllerRevision's template. */
export interface Kept {
  readonly revision: RevisionId
  readonly template: RawObject
  readonly number: number
  readonly metadata: Metadata
  /** What its pods carry in their hash label. */
  readonly hashes: readonly string[]
  readonly available: number
}

/** `undefined` when there is none. */
export const readWorkload = (
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<Workload | undefined> => api.get(workloadPath(target), Workload, signal)

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
  const kept =
    target.kind === 'deployment'
      ? (
          await api.list(namespaced('apps/v1', target, 'replicasets'), ReplicaSet, query, signal)
        ).items.map(keptReplicaSet)
      : (
          await api.list(
            namespaced('apps/v1', target, 'controllerrevisions'),
            ControllerRevision,
            query,
            signal,
          )
        ).items.map(keptControllerRevision)
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
  const hashes = new Set(
    kept.filter((one) => one.revision === revision).flatMap((one) => one.hashes),
  )
  return pods.filter((pod) => hashes.has(hashOf(pod)))
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

export const wantedOf = (target: KubernetesTarget, { spec, status }: Workload): number =>
  target.kind === 'daemonset' ? (status.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1)

export const strategyOf = ({ spec }: Workload) => spec.strategy ?? spec.updateStrategy ?? {}

export const isLagging = ({ metadata, status }: Workload): boolean =>
  (status.observedGeneration ?? 0) < (metadata.generation ?? 0)

export const runningRevision = (workload: Workload): RevisionId =>
  revisionOf(workload.spec.template)

const hashOf = ({ metadata }: Pod): string =>
  metadata.labels?.['pod-template-hash'] ?? metadata.labels?.['controller-revision-hash'] ?? ''

const isOwned = ({ ownerReferences }: Metadata, workload: Workload): boolean =>
  (ownerReferences ?? []).some(
    ({ uid, controller }) => controller === true && uid === workload.metadata.uid,
  )

function keptReplicaSet({ metadata, spec, status }: z.infer<typeof ReplicaSet>): Kept {
  return {
    revision: revisionOf(spec.template),
    template: cleanTemplate(spec.template),
    number: Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0),
    metadata,
    hashes: [metadata.labels?.['pod-template-hash'] ?? ''].filter((hash) => hash !== ''),
    available: status.availableReplicas ?? 0,
  }
}

/** A StatefulSet's pods carry the whole name, a DaemonSet's only the hash in it. */
function keptControllerRevision({
  metadata,
  revision,
  data,
}: z.infer<typeof ControllerRevision>): Kept {
  return {
    revision: revisionOf(data.spec.template),
    template: cleanTemplate(data.spec.template),
    number: revision,
    metadata,
    hashes: [
      metadata.name,
      metadata.labels?.['controller-revision-hash'] ?? '',
      metadata.labels?.['controller.kubernetes.io/hash'] ?? '',
    ].filter((hash) => hash !== ''),
    available: 0,
  }
}

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
