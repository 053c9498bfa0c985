import { z } from 'zod'
import type { Warning } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import { serves, withoutRight } from '../access.ts'
import type { KubernetesApi } from '../api.ts'
import { hasCode } from '../failure.ts'
import { Metadata } from '../objects.ts'
import { namespaced } from '../paths.ts'
import { listIn, objectIn, textIn } from '../revision.ts'
import { canariesNeed } from '../rights.ts'
import { type KubernetesTarget, RawObject, type WeightedTraffic } from '../schema.ts'

const Rollout = z.object({ metadata: Metadata, spec: RawObject })
const Canary = z.object({
  metadata: Metadata,
  spec: z.object({
    targetRef: z.object({ name: z.string() }),
    service: z.object({ name: z.string().optional() }).optional(),
  }),
})

/** Who writes weights beside us. */
interface WeightsOwner {
  /** By its object; undefined where nobody is known to. */
  readonly name: string | undefined
  /** What could not be asked about; that rollouts may not be listed is said of the workload. */
  readonly unseen: readonly Warning[]
}

/**
 * Which controller writes these weights itself, and would write over ours or take them for its own. Looks only where it may; a
 * controller that it may not ask about is found by what it wrote on the object.
 */
export async function weightsOwner(
  api: KubernetesApi,
  target: KubernetesTarget,
  { by, name }: WeightedTraffic,
  metadata: Metadata,
  signal: AbortSignal,
): Promise<WeightsOwner> {
  const owner = (metadata.ownerReferences ?? []).find(({ controller }) => controller)
  if (owner) return { name: `${owner.kind} ${owner.name}`, unseen: [] }
  const [rollouts, canaries] = await Promise.all([
    listed(api, namespaced('argoproj.io/v1alpha1', target, 'rollouts'), Rollout, signal),
    listed(api, namespaced('flagger.app/v1beta1', target, 'canaries'), Canary, signal),
  ])
  const rollout = (rollouts ?? []).find(({ spec }) => routedBy(spec, by).includes(name))
  if (rollout) return { name: `the Argo Rollout ${rollout.metadata.name}`, unseen: [] }
  // Flagger calls what it makes after its service, or after its target.
  const canary = canaries?.find(
    ({ spec: { targetRef, service } }) => (service?.name ?? targetRef.name) === name,
  )
  if (canary) return { name: `Flagger’s Canary ${canary.metadata.name}`, unseen: [] }
  const isUnseen = canaries === undefined && (await serves(api, 'flagger.app', signal))
  return { name: undefined, unseen: isUnseen ? [withoutRight(canariesNeed)] : [] }
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

/** A kind that the cluster does not have names nobody; undefined where it may not be asked for. */
async function listed<Item>(
  api: KubernetesApi,
  path: string,
  as: z.ZodType<Item>,
  signal: AbortSignal,
): Promise<readonly Item[] | undefined> {
  try {
    return (await api.list(path, as, {}, signal)).items
  } catch (error) {
    if (hasCode(error, 404)) return []
    if (error instanceof NotAllowed) return undefined
    throw error
  }
}
