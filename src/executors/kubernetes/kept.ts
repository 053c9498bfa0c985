import type { z } from 'zod'
import type { RevisionId } from '#domain/ids.ts'
import type { KubernetesApi, Query } from './api.ts'
import { ControllerRevision, type Metadata, ReplicaSet } from './objects.ts'
import { namespaced } from './paths.ts'
import { cleanTemplate, revisionOf } from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'

/** A version the platform still keeps: a ReplicaSet's or a ControllerRevision's template. */
export interface Kept {
  readonly revision: RevisionId
  readonly template: RawObject
  readonly number: number
  readonly metadata: Metadata
  /** Under which label its pods carry one of `hashes`. */
  readonly hashLabel: string
  readonly hashes: readonly string[]
  readonly available: number
  /** Out of service; its pods go on for a while by the platform's own plan. */
  readonly isRetiring: boolean
  /** Its controller has seen how many pods are asked for, and told the surplus to end. */
  readonly isObserved: boolean
}

/** `number`: the annotation that numbers them; `hash`: the label that they share with their pods. */
export const readReplicaSets =
  ({
    number,
    hash,
    clean = (template) => template,
    isRetiring = () => false,
  }: {
    readonly number: string
    readonly hash: string
    /** Takes out what its controller has put into the template of a copy. */
    readonly clean?: (template: RawObject, metadata: Metadata) => RawObject
    readonly isRetiring?: (metadata: Metadata) => boolean
  }) =>
  async (
    api: KubernetesApi,
    target: KubernetesTarget,
    query: Query,
    signal: AbortSignal,
  ): Promise<readonly Kept[]> => {
    const path = namespaced('apps/v1', target, 'replicasets')
    const { items } = await api.list(path, ReplicaSet, query, signal)
    return items.map(({ metadata, spec, status }) => {
      const template = cleanTemplate(clean(spec.template, metadata))
      return {
        revision: revisionOf(template),
        template,
        number: Number(metadata.annotations?.[number] ?? 0),
        metadata,
        hashLabel: hash,
        hashes: known([metadata.labels?.[hash]]),
        available: status.availableReplicas ?? 0,
        isRetiring: isRetiring(metadata),
        isObserved: (status.observedGeneration ?? Infinity) >= (metadata.generation ?? 0),
      }
    })
  }

export async function readControllerRevisions(
  api: KubernetesApi,
  target: KubernetesTarget,
  query: Query,
  signal: AbortSignal,
): Promise<readonly Kept[]> {
  const path = namespaced('apps/v1', target, 'controllerrevisions')
  const { items } = await api.list(path, ControllerRevision, query, signal)
  return items.map(keptControllerRevision)
}

/** A StatefulSet's pods carry the whole name, a DaemonSet's only the hash in it. */
function keptControllerRevision({
  metadata,
  revision,
  data,
}: z.infer<typeof ControllerRevision>): Kept {
  const { labels } = metadata
  return {
    revision: revisionOf(data.spec.template),
    template: cleanTemplate(data.spec.template),
    number: revision,
    metadata,
    hashLabel: 'controller-revision-hash',
    hashes: known([
      metadata.name,
      labels?.['controller-revision-hash'],
      labels?.['controller.kubernetes.io/hash'],
    ]),
    available: 0,
    isRetiring: false,
    isObserved: true,
  }
}

const known = (hashes: readonly (string | undefined)[]): readonly string[] =>
  hashes.filter((hash) => hash !== undefined).filter((hash) => hash !== '')
