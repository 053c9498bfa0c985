import { z } from 'zod'
import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { hasCode } from '../failure.ts'
import { Metadata } from '../objects.ts'
import { namespaced } from '../paths.ts'
import { listIn, objectIn, textIn } from '../revision.ts'
import { type KubernetesTarget, RawObject, type WeightedTraffic } from '../schema.ts'

const Rollout = z.object({ metadata: Metadata, spec: RawObject })
const Canary = z.object({
  metadata: Metadata,
  spec: z.object({
    targetRef: z.object({ name: z.string() }),
    service: z.object({ name: z.string().optional() }).optional(),
  }),
})

/**
 * Which controller writes these weights itself, and would write over ours or take them for its own: named by its object, or
 * undefined. Looks only where it may; a controller it may not ask about is found by what it wrote on the object.
 */
export async function weightsOwner(
  api: KubernetesApi,
  target: KubernetesTarget,
  { by, name }: WeightedTraffic,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<string | undefined> {
  const owner = (metadata.ownerReferences ?? []).find(({ controller }) => controller)
  if (owner) return `${owner.kind} ${owner.name}`
  const [rollouts, canaries] = await Promise.all([
    listed(api, namespaced('argoproj.io/v1alpha1', target, 'rollouts'), Rollout, signal),
    listed(api, namespaced('flagger.app/v1beta1', target, 'canaries'), Canary, signal),
  ])
  const rollout = rollouts.find(({ spec }) => routedBy(spec, by).includes(name))
  if (rollout) return `the Argo Rollout ${rollout.metadata.name}`
  // Flagger calls what it makes after its service, or after its target.
  const canary = canaries.find(
    ({ spec: { targetRef, service } }) => (service?.name ?? targetRef.name) === name,
  )
  return canary && `Flagger’s Canary ${canary.metadata.name}`
}

/** The objects in which a Rollout sets weights. */
function routedBy(spec: RawObject, by: WeightedTraffic['by']): readonly string[] {
  const routing = objectIn(objectIn(objectIn(spec['strategy'])['canary'])['trafficRouting'])
  if (by === 'virtualservice') {
    const istio = objectIn(routing['istio'])
    return [istio['virtualService'], ...listIn(istio['virtualServices'])].map((one) =>
      textIn(objectIn(one)['name']),
    )
  }
  const plugin = objectIn(objectIn(routing['plugins'])['argoproj-labs/gatewayAPI'])
  return [
    textIn(plugin['httpRoute']),
    ...listIn(plugin['httpRoutes']).map((one) => textIn(objectIn(one)['name'])),
  ]
}

/** A kind that the cluster does not have, or that may not be asked for, names nobody. */
async function listed<Item>(
  api: KubernetesApi,
  path: string,
  as: z.ZodType<Item>,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  try {
    return (await api.list(path, as, {}, signal)).items
  } catch (error) {
    if (error instanceof NotAllowed || hasCode(error, 404)) return []
    throw error
  }
}
