import { z } from 'zod'
import { isSameJson, type Json } from '#domain/json.ts'
import type { KubernetesApi, Query } from '../api.ts'
import { type Kept, readReplicaSets } from '../kept.ts'
import { type Metadata, Workload } from '../objects.ts'
import { deploymentPath } from '../paths.ts'
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
  const [kept, whole] = await Promise.all([
    keptForRollout(api, target, query, signal),
    withTemplateOwner(api, target, workload, signal),
  ])
  return asKept(
    whole,
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
  const unobserved = { ...workload, status: { ...status, observedGeneration: generation - 1 } }
  if (status.observedGeneration !== generation) return workload
  if (!isOwnerNoticed(workload)) return unobserved
  const current = kept.find(({ hashes }) => hashes.includes(status.currentPodHash ?? ''))
  if (current && isMadeOf(current, spec.template, kept))
    return { ...workload, spec: { ...spec, template: current.template } }
  return unobserved
}

const Reference = z.object({ kind: z.literal('Deployment'), name: z.string() })

/** With the template and the labels that its Deployment lends it; as it is where it has its own. */
async function withTemplateOwner(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  signal: AbortSignal,
): Promise<Workload> {
  const { data } = Reference.safeParse(workload.raw.spec['workloadRef'])
  const owner = data && (await api.get(deploymentPath(target, data.name), Workload, signal))
  if (!owner) return workload
  const { selector } = workload.spec
  const hasOwn = selector.matchLabels || selector.matchExpressions
  return {
    ...workload,
    templateOwner: owner,
    spec: {
      ...workload.spec,
      template: owner.spec.template,
      selector: hasOwn ? selector : owner.spec.selector,
    },
  }
}

/** Whether the controller has seen the template where it lives. */
const isOwnerNoticed = ({ templateOwner, raw }: Workload): boolean =>
  !templateOwner ||
  Number(raw.status?.['workloadObservedGeneration'] ?? 0) >=
    (templateOwner.metadata.generation ?? 0)

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
