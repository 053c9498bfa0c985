import type { Warning } from '#domain/rollback/plan.ts'
import type { WeightedTraffic } from '../schema.ts'
import { type Destination, distinct, type Division, Undivided } from './division.ts'
import { findRoute } from './find-route.ts'
import type { HttpRoute } from './objects.ts'

export type Rule = NonNullable<HttpRoute['spec']['rules']>[number]
type Backend = NonNullable<Rule['backendRefs']>[number]

/** The rule of an HTTPRoute between the two Services. Throws `Undivided` where its weights decide nothing, or its gateway refuses it. */
export function divisionOfHttpRoute(route: HttpRoute, traffic: WeightedTraffic): Division {
  const { metadata, spec } = route
  const where = `HTTPRoute ${metadata.name}`
  const rules = spec.rules ?? []
  const at = findRoute(
    rules.map(({ name, backendRefs }) => ({
      name,
      arms: (backendRefs ?? []).map((backend) => armOf(backend, metadata.namespace, traffic)),
    })),
    traffic.route,
    where,
  )
  const found = rules[at]
  const title = found?.name === undefined ? where : `rule ${found.name} of ${where}`
  const refused = refusal(route)
  if (refused !== undefined) throw new Undivided(`${where} is not in effect: ${refused}`)
  const base = `/spec/rules/${at}`
  return {
    metadata,
    title,
    destinations: distinct(
      title,
      (found?.backendRefs ?? []).map(
        (backend, index): Destination => ({
          name: backend.name,
          arm: armOf(backend, metadata.namespace, traffic),
          // What is left out is 1, as the API says.
          weight: backend.weight ?? 1,
          path: `${base}/backendRefs/${index}/weight`,
          isStill: { op: 'test', path: `${base}/backendRefs/${index}/name`, value: backend.name },
        }),
      ),
    ),
    tests:
      found?.name === undefined ? [] : [{ op: 'test', path: `${base}/name`, value: found.name }],
    alsoToCanary: toCanary(route, traffic).flatMap((index) =>
      index === at ? [] : [ruleText(rules[index], where, 'another rule')],
    ),
    warnings: unseen(route, where),
    pending: lagging(route),
  }
}

/** The rules of an object, whoever's it is, that send requests to the canary. */
export const rulesToCanary = (route: HttpRoute, traffic: WeightedTraffic): readonly string[] =>
  toCanary(route, traffic).map((index) =>
    ruleText(route.spec.rules?.[index], `HTTPRoute ${route.metadata.name}`, 'a rule'),
  )

const ruleText = (rule: Rule | undefined, where: string, unnamed: string): string =>
  rule?.name === undefined ? `${unnamed} of ${where}` : `rule ${rule.name} of ${where}`

const toCanary = ({ metadata, spec }: HttpRoute, traffic: WeightedTraffic): readonly number[] =>
  (spec.rules ?? []).flatMap(({ backendRefs }, index) =>
    (backendRefs ?? []).some(
      (backend) =>
        armOf(backend, metadata.namespace, traffic) === 'canary' && (backend.weight ?? 1) > 0,
    )
      ? [index]
      : [],
  )

/** Whether one of its rules sends to either version. */
export const isOfEither = (
  { backendRefs }: Rule,
  own: string | undefined,
  traffic: WeightedTraffic,
): boolean => (backendRefs ?? []).some((backend) => armOf(backend, own, traffic) !== undefined)

const armOf = (
  { name, namespace, kind = 'Service', group = '' }: Backend,
  own: string | undefined,
  { stable, canary }: WeightedTraffic,
): Destination['arm'] => {
  if (kind !== 'Service' || group !== '' || (namespace ?? own) !== own) return undefined
  return name === stable.host ? 'stable' : name === canary.host ? 'canary' : undefined
}

const conditions = ({ status }: HttpRoute) =>
  (status?.parents ?? []).flatMap(({ parentRef, conditions: said }) =>
    (said ?? []).map((condition) => ({ gateway: parentRef.name, ...condition })),
  )

/** Said of the spec as it is; what was said of an earlier one may have changed since. */
const isOfNow = (
  { metadata }: HttpRoute,
  { observedGeneration }: { readonly observedGeneration?: number | undefined },
): boolean => (observedGeneration ?? 0) >= (metadata.generation ?? 0)

function refusal(route: HttpRoute): string | undefined {
  const said = conditions(route).find(
    (one) =>
      (one.type === 'Accepted' || one.type === 'ResolvedRefs') &&
      one.status === 'False' &&
      isOfNow(route, one),
  )
  return (
    said &&
    `its gateway ${said.gateway} says ${said.type} is ${said.status} (${[said.reason, said.message].filter(Boolean).join(': ')})`
  )
}

const lagging = (route: HttpRoute): string | undefined =>
  conditions(route).some(({ type }) => type === 'Accepted') &&
  !conditions(route).some(
    (one) => one.type === 'Accepted' && one.status === 'True' && isOfNow(route, one),
  )
    ? 'no gateway has taken the change in yet'
    : undefined

const unseen = (route: HttpRoute, where: string): readonly Warning[] =>
  conditions(route).some(({ type }) => type === 'Accepted')
    ? []
    : [{ kind: 'traffic', text: `no gateway says whether ${where} is in effect` }]
