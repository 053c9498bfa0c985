import { isSameJson, type Json } from '#domain/json.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import type { WeightedTraffic } from '../schema.ts'
import type { Division } from './division.ts'
import { isOfEither, rulesToCanary } from './http-route.ts'
import { HttpRoute, VirtualService } from './objects.ts'
import { inFull, routesToCanary } from './virtual-service.ts'

type Rivals = Pick<Division, 'alsoToCanary' | 'warnings'>

/**
 * What the other objects of the kind and namespace do with its requests: they may be for the same host, and nobody can see from here
 * which of the two decides; or send to the canary as well, which needs its pods for that. Says so where it may not list them.
 */
export async function rivalsOf(
  api: KubernetesApi,
  path: string,
  traffic: WeightedTraffic,
  signal: AbortSignal,
): Promise<Rivals> {
  try {
    return traffic.by === 'virtualservice'
      ? ofIstio((await api.list(path, VirtualService, {}, signal)).items, traffic)
      : ofGateway((await api.list(path, HttpRoute, {}, signal)).items, traffic)
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    const { verb, resource } = error
    const loses = 'does not show whether two objects divide its traffic'
    return { alsoToCanary: [], warnings: [{ kind: 'missing_right', verb, resource, loses }] }
  }
}

function ofIstio(items: readonly VirtualService[], traffic: WeightedTraffic): Rivals {
  const own = items.find(({ metadata }) => metadata.name === traffic.name)
  const others = items.filter((one) => one !== own)
  const hosts = new Set(hostsOf(own))
  return {
    alsoToCanary: others.flatMap((one) => routesToCanary(one, traffic)),
    warnings: others
      .filter((one) => hostsOf(one).some((host) => hosts.has(host)))
      .map(({ metadata }) => undecided(`VirtualService ${metadata.name} is for the same host`)),
  }
}

function ofGateway(items: readonly HttpRoute[], traffic: WeightedTraffic): Rivals {
  const own = items.find(({ metadata }) => metadata.name === traffic.name)
  const others = items.filter((one) => one !== own)
  return {
    alsoToCanary: others.flatMap((one) => rulesToCanary(one, traffic)),
    warnings: others
      .filter((one) => own && isForSame(own, one, traffic))
      .map(({ metadata }) =>
        undecided(`HTTPRoute ${metadata.name} matches the same requests at the same gateway`),
      ),
  }
}

const undecided = (what: string): Warning => ({
  kind: 'traffic',
  text: `${what}: which of the two decides is not certain`,
})

const hostsOf = (service: VirtualService | undefined): readonly string[] =>
  (service?.spec.hosts ?? []).map((host) => inFull(host, service?.metadata.namespace))

/** Routes of one gateway are merged, and what matches more narrowly comes first: only a match that is just the same is contested. */
function isForSame(own: HttpRoute, other: HttpRoute, traffic: WeightedTraffic): boolean {
  const ours = (own.spec.rules ?? [])
    .filter((rule) => isOfEither(rule, own.metadata.namespace, traffic))
    .flatMap(matchesOf)
  const theirs = (other.spec.rules ?? []).flatMap(matchesOf)
  return (
    gatewaysOf(own).some((gateway) => gatewaysOf(other).includes(gateway)) &&
    namesOf(own).some((name) => namesOf(other).some((one) => overlap(name, one))) &&
    ours.some((match) => theirs.some((one) => isSameJson(match, one)))
  )
}

const gatewaysOf = ({ metadata, spec }: HttpRoute): readonly string[] =>
  (spec.parentRefs ?? []).map(({ namespace, name }) => `${namespace ?? metadata.namespace}/${name}`)

/** Without any it is for every host of its gateway. */
const namesOf = ({ spec }: HttpRoute): readonly string[] =>
  (spec.hostnames ?? []).length > 0 ? (spec.hostnames ?? []) : ['*']

const overlap = (one: string, other: string): boolean =>
  one === other || covers(one, other) || covers(other, one)

const covers = (pattern: string, host: string): boolean =>
  pattern === '*' || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))

const everyPath: Json = { type: 'PathPrefix', value: '/' }

/** With what the API server fills in. */
const matchesOf = ({ matches }: { readonly matches?: readonly object[] | null | undefined }) =>
  ((matches ?? []).length > 0 ? (matches ?? []) : [{}]).map(
    (match): Json => ({ path: everyPath, ...match }),
  )
