import type { Warning } from '#domain/rollback/plan.ts'
import type { WeightedTraffic } from '../schema.ts'
import { type Destination, distinct, type Division } from './division.ts'
import { findRoute, routeText } from './find-route.ts'
import type { VirtualService } from './objects.ts'

/** The route of a VirtualService between the two subsets. Throws `Undivided` where its weights decide nothing, or not alone. */
export function divisionOfVirtualService(
  { metadata, spec }: VirtualService,
  traffic: WeightedTraffic,
): Division {
  const where = `VirtualService ${metadata.name}`
  const http = spec.http ?? []
  const routes = http.map((one) => ({
    name: one.name,
    arms: (one.route ?? []).map(({ destination }) =>
      armOf(destination, metadata.namespace, traffic),
    ),
    past: pastText(one),
  }))
  const at = findRoute(routes, traffic.route, where)
  const found = http[at]
  const title = routeText(found, where)
  const sent = found?.route ?? []
  const base = `/spec/http/${at}`
  return {
    metadata,
    title,
    destinations: distinct(
      title,
      sent.map(
        ({ destination, weight }, index): Destination => ({
          name: nameOf(destination),
          arm: armOf(destination, metadata.namespace, traffic),
          // One alone has everything; among several, what is left out is none.
          weight: sent.length === 1 ? 100 : (weight ?? 0),
          path: `${base}/route/${index}/weight`,
          isStill: {
            op: 'test',
            path: `${base}/route/${index}/destination`,
            value: destination,
          },
        }),
      ),
    ),
    tests:
      found?.name === undefined ? [] : [{ op: 'test', path: `${base}/name`, value: found.name }],
    alsoToCanary: toCanary({ metadata, spec }, traffic).flatMap((index) =>
      index === at ? [] : [routeText(http[index], where)],
    ),
    warnings: besideHttp(spec, where),
    pending: undefined,
  }
}

/** The routes of an object, whoever's it is, that send requests to the canary. */
export const routesToCanary = (
  service: VirtualService,
  traffic: WeightedTraffic,
): readonly string[] =>
  toCanary(service, traffic).map((index) =>
    routeText(service.spec.http?.[index], `VirtualService ${service.metadata.name}`),
  )

const toCanary = (
  { metadata, spec }: VirtualService,
  traffic: WeightedTraffic,
): readonly number[] =>
  (spec.http ?? []).flatMap(({ route }, index) =>
    (route ?? []).some(
      ({ destination, weight }) =>
        armOf(destination, metadata.namespace, traffic) === 'canary' &&
        ((route ?? []).length === 1 || (weight ?? 0) > 0),
    )
      ? [index]
      : [],
  )

type Http = NonNullable<VirtualService['spec']['http']>[number]

function pastText({ delegate, redirect, directResponse }: Http): string | undefined {
  if (delegate) return 'delegates to another object'
  if (redirect) return 'redirects'
  return directResponse && 'answers by itself'
}

/** What does not come over HTTP goes where these routes say. */
function besideHttp({ tcp, tls }: VirtualService['spec'], where: string): readonly Warning[] {
  const kinds = [
    ...((tcp ?? []).length > 0 ? ['tcp'] : []),
    ...((tls ?? []).length > 0 ? ['tls'] : []),
  ]
  return kinds.length === 0
    ? []
    : [
        {
          kind: 'traffic',
          text: `${where} also has ${kinds.join(' and ')} routes, which are left as they are`,
        },
      ]
}

interface Subset {
  readonly host: string
  readonly subset?: string | undefined
}

const nameOf = ({ host, subset }: Subset): string =>
  subset === undefined ? host : `${host}/${subset}`

const armOf = (
  destination: Subset,
  namespace: string | undefined,
  { stable, canary }: WeightedTraffic,
): Destination['arm'] =>
  isSame(destination, stable, namespace)
    ? 'stable'
    : isSame(destination, canary, namespace)
      ? 'canary'
      : undefined

const isSame = (a: Subset, b: Subset, namespace: string | undefined): boolean =>
  a.subset === b.subset && inFull(a.host, namespace) === inFull(b.host, namespace)

/** A short name is one of the object's own namespace; without one of another, as Istio reads it. */
export const inFull = (host: string, namespace = 'default'): string =>
  host.includes('.')
    ? host.replace(/\.svc$/, '.svc.cluster.local')
    : `${host}.${namespace}.svc.cluster.local`
