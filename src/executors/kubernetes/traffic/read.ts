import type { z } from 'zod'
import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { gitOpsOwners } from '../owners.ts'
import { namespaced } from '../paths.ts'
import type { KubernetesTarget, WeightedTraffic } from '../schema.ts'
import { type Division, Undivided } from './division.ts'
import { divisionOfHttpRoute } from './http-route.ts'
import { HttpRoute, VirtualService } from './objects.ts'
import { weightsOwner } from './owners.ts'
import { rivalsOf } from './rivals.ts'
import { divisionOfVirtualService } from './virtual-service.ts'

const groups = {
  virtualservice: 'networking.istio.io/v1',
  httproute: 'gateway.networking.k8s.io/v1',
} as const
const plurals = { virtualservice: 'virtualservices', httproute: 'httproutes' } as const
const kindNames = { virtualservice: 'VirtualService', httproute: 'HTTPRoute' } as const

export const routePath = (target: KubernetesTarget, { by, name }: WeightedTraffic): string =>
  namespaced(groups[by], target, plurals[by], name)

const collectionPath = (target: KubernetesTarget, { by }: WeightedTraffic): string =>
  namespaced(groups[by], target, plurals[by])

export const resourceOf = ({ by }: WeightedTraffic): string => plurals[by]

/** How the requests are divided now. Throws `Undivided` where the object does not say so, and when it does not answer. */
export async function readDivision(
  api: KubernetesApi,
  target: KubernetesTarget,
  traffic: WeightedTraffic,
  signal: AbortSignal,
): Promise<Division> {
  const read = async <Item>(as: z.ZodType<Item>): Promise<Item> => {
    const found = await api.get(routePath(target, traffic), as, signal).catch((error: unknown) => {
      if (!(error instanceof NotAllowed)) throw error
      throw new Undivided(
        `${kindNames[traffic.by]} ${traffic.name} may not be read (${error.message})`,
      )
    })
    if (found) return found
    throw new Undivided(
      `there is no ${kindNames[traffic.by]} ${traffic.name} in namespace ${target.namespace}`,
    )
  }
  return traffic.by === 'virtualservice'
    ? divisionOfVirtualService(await read(VirtualService), traffic)
    : divisionOfHttpRoute(await read(HttpRoute), traffic)
}

/** As an answer to a change shows it. */
export const divisionIn = (answer: unknown, traffic: WeightedTraffic): Division =>
  traffic.by === 'virtualservice'
    ? divisionOfVirtualService(VirtualService.parse(answer), traffic)
    : divisionOfHttpRoute(HttpRoute.parse(answer), traffic)

/** The same for a plan, with all that speaks against writing the weights. Throws `Undivided` where they are another controller's. */
export async function readOwnDivision(
  api: KubernetesApi,
  target: KubernetesTarget,
  traffic: WeightedTraffic,
  signal: AbortSignal,
): Promise<Division> {
  const division = await readDivision(api, target, traffic, signal)
  const [owner, rivals] = await Promise.all([
    weightsOwner(api, target, traffic, division.metadata, signal),
    rivalsOf(api, collectionPath(target, traffic), traffic, signal),
  ])
  if (owner.name !== undefined)
    throw new Undivided(
      `${owner.name} sets the weights of ${division.title} itself and would write over ours; go by it instead`,
    )
  return {
    ...division,
    alsoToCanary: [...division.alsoToCanary, ...rivals.alsoToCanary],
    warnings: [
      ...division.warnings,
      ...gitOpsOwners(division),
      ...owner.unseen,
      ...rivals.warnings,
    ],
  }
}
