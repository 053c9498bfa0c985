import { z } from 'zod'
import { isSameJson, type Json } from '#domain/json.ts'
import type { KubernetesApi, Query } from '../api.ts'
import { type Kept, readReplicaSets } from '../kept.ts'
import type { Metadata, Workload } from '../objects.ts'
import { containersOf, initContainersOf, listIn, objectIn, revisionOf } from '../revision.ts'
import { type KubernetesTarget, RawObject } from '../schema.ts'

const hashLabel = 'rollouts-pod-template-hash'

/** The ReplicaSets of a Rollout, with templates as they were given to it: what its controller adds is taken out of them. */
export const keptForRollout = readReplicaSets({
  number: 'rollout.argoproj.io/revision',
  hash: hashLabel,
  clean: (template, metadata) => withoutAntiAffinity(withoutEphemeral(template, metadata)),
  /** Out of service, and left running for a while in case somebody goes back. */
  isRetiring: ({ annotations }) => Boolean(annotations?.['scale-down-deadline']),
})

/** See `asKept`. */
export async function withKeptTemplate(
  api: KubernetesApi,
  target: KubernetesTarget,
  query: Query,
  workload: Workload,
  signal: AbortSignal,
): Promise<Workload> {
  const kept = await keptForRollout(api, target, query, signal)
  return asKept(
    workload,
    kept.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid),
    ),
  )
}

/**
 * The workload with the template of the ReplicaSet that its controller made of it: its own lacks what the API server fills
 * in, and may live in another object, so that by its text no version would be found again. Where the status still speaks
 * of another template, its generation has not been observed, whatever it says: the controller notes the generation
 * whenever a pause begins or ends, and the hash only when it has looked at the template.
 */
export function asKept(workload: Workload, kept: readonly Kept[]): Workload {
  const { metadata, status, spec } = workload
  const { generation = 0 } = metadata
  if (status.observedGeneration !== generation) return workload
  const current = kept.find(({ hashes }) => hashes.includes(status.currentPodHash ?? ''))
  if (current && isMadeOf(current, spec.template, kept))
    return { ...workload, spec: { ...spec, template: current.template } }
  return { ...workload, status: { ...status, observedGeneration: generation - 1 } }
}

/** By the whole where the template was put back from a copy, else by what the API server never fills in. */
function isMadeOf(current: Kept, template: RawObject, kept: readonly Kept[]): boolean {
  if (Object.keys(template).length === 0) return true
  const id = revisionOf(template)
  const copies = kept.filter(({ revision }) => revision === id)
  return copies.length > 0
    ? copies.includes(current)
    : isSameJson(essence(template), essence(current.template))
}

const essence = (template: RawObject): Json =>
  [...initContainersOf(template), ...containersOf(template)].map(({ name, image, raw }) => [
    name,
    image,
    raw['command'] ?? [],
    raw['args'] ?? [],
    listIn(raw['env']).map((one) => [objectIn(one)['name'] ?? '', objectIn(one)['value'] ?? '']),
  ])

const Ephemeral = z.object({ labels: RawObject.optional(), annotations: RawObject.optional() })

/** Labels and annotations that pods have as long as they are the canary, or the stable version; the ReplicaSet says which. */
function withoutEphemeral(template: RawObject, { annotations }: Metadata): RawObject {
  const noted = annotations?.['rollout.argoproj.io/ephemeral-metadata']
  if (!noted) return template
  const added = Ephemeral.parse(JSON.parse(noted))
  const metadata = objectIn(template['metadata'])
  const { labels: _labels, annotations: _annotations, ...others } = metadata
  const without = (key: 'labels' | 'annotations') =>
    Object.fromEntries(
      Object.entries(objectIn(metadata[key])).filter(([name]) => !(name in (added[key] ?? {}))),
    )
  return {
    ...template,
    metadata: {
      ...others,
      ...unlessEmpty('labels', without('labels')),
      ...unlessEmpty('annotations', without('annotations')),
    },
  }
}

/** The rule by which canary pods keep away from those of the stable version, whose hash it names. */
function withoutAntiAffinity(template: RawObject): RawObject {
  const spec = objectIn(template['spec'])
  const { podAntiAffinity, ...others } = objectIn(spec['affinity'])
  if (podAntiAffinity === undefined) return template
  const rules = Object.entries(objectIn(podAntiAffinity)).map(
    ([when, terms]) => [when, listIn(terms).filter((term) => !isInjected(term))] as const,
  )
  const kept = Object.fromEntries(rules.filter(([, terms]) => terms.length > 0))
  const affinity = { ...others, ...unlessEmpty('podAntiAffinity', kept) }
  const { affinity: _, ...rest } = spec
  return { ...template, spec: { ...rest, ...unlessEmpty('affinity', affinity) } }
}

function isInjected(term: Json): boolean {
  const inner = objectIn(term)['podAffinityTerm'] ?? term
  const { matchExpressions } = objectIn(objectIn(inner)['labelSelector'])
  return listIn(matchExpressions).some((one) => objectIn(one)['key'] === hashLabel)
}

const unlessEmpty = (key: string, object: Readonly<Record<string, Json>>) =>
  Object.keys(object).length > 0 ? { [key]: object } : {}
