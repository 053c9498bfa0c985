import { z } from 'zod'
import type { Dialect, FlagAnswer } from './server.ts'
import type { FlagStore, PretendFlag } from './store.ts'

const Patch = z.strictObject({ feature: z.int().optional(), enabled: z.boolean().optional() })
const environmentId = 12

const refusal = (status: number, detail: string): FlagAnswer => ({ status, body: { detail } })

/** As Flagsmith's API for administration answers, as far as flags are looked at and switched. Every path ends with a slash. */
export const flagsmithDialect: Dialect = ({ method, path, query, headers, body }, store, token) => {
  if (headers.authorization !== `Api-Key ${token}`)
    return refusal(401, 'Authentication credentials were not provided.')
  if (path.at(-1) !== '') return refusal(404, 'Not found.')
  const [api, version, room, second, third, id] = path
  if (api !== 'api' || version !== 'v1') return refusal(404, 'Not found.')
  if (room === 'features' && second === 'featurestates' && method === 'GET')
    return everyState(store, path, query)
  if (room !== 'environments' || third !== 'featurestates') return refusal(404, 'Not found.')
  const own = store.flags.filter(({ environment }) => environment === second)
  // Who asks for an environment by a key that it does not have may not even know of it.
  if (!store.environments.has(second ?? ''))
    return refusal(403, 'You do not have permission to perform this action.')
  if (method === 'GET' && id === '') {
    // A name that is empty asks for every feature.
    const key = query.get('feature_name') || null
    const found = own.filter((flag) => key === null || flag.key === key)
    return page(
      path,
      query,
      found.map((flag) => stateOf(store, flag)),
    )
  }
  const flag = own.find((one) => String(idOf(store, one)) === id)
  if (method !== 'PATCH' || !flag) return refusal(404, 'Not found.')
  const patch = Patch.safeParse(body)
  if (!patch.success) return refusal(400, 'enabled: Must be a valid boolean.')
  if (flag.pending === 'approval')
    return refusal(403, 'You do not have permission to perform this action.')
  if (patch.data.enabled !== undefined) store.set(flag, patch.data.enabled)
  return { status: 200, body: { feature: featureOf(store, flag), enabled: flag.isOn } }
}

const idOf = (store: FlagStore, flag: PretendFlag): number => 100 + store.flags.indexOf(flag)
const featureOf = (store: FlagStore, flag: PretendFlag): number => 500 + store.flags.indexOf(flag)

/** The default of a flag, which segments may override. */
const stateOf = (store: FlagStore, flag: PretendFlag) => ({
  id: idOf(store, flag),
  feature: featureOf(store, flag),
  environment: environmentId,
  enabled: flag.isOn,
  feature_state_value: null,
  multivariate_feature_state_values: flag.rules.map(({ share }, at) => ({
    id: at + 1,
    multivariate_feature_option: at + 1,
    percentage_allocation: share,
  })),
  feature_segment: null as number | null,
  identity: null,
  environment_feature_version: flag.pending === 'scheduled' ? 'a-version' : null,
  updated_at: flag.changedAt.toISOString(),
})

function everyState(store: FlagStore, path: readonly string[], query: URLSearchParams): FlagAnswer {
  if (query.get('environment') !== String(environmentId))
    return refusal(400, 'environment: this field is required')
  const found = store.flags.filter(
    (flag) => String(featureOf(store, flag)) === query.get('feature'),
  )
  return page(
    path,
    query,
    found.flatMap((flag) => [
      stateOf(store, flag),
      ...flag.overrides.map(({ id, isOn }) => ({
        ...stateOf(store, flag),
        id,
        enabled: isOn,
        feature_segment: id,
      })),
    ]),
  )
}

const pageSize = 10

/** Not all at once: the rest is behind `next`, an address as the server itself would be asked at. */
function page(path: readonly string[], query: URLSearchParams, all: readonly object[]): FlagAnswer {
  const number = Number(query.get('page') ?? 1)
  const results = all.slice((number - 1) * pageSize, number * pageSize)
  if (results.length === 0 && number > 1) return refusal(404, 'Invalid page.')
  const following = new URLSearchParams(query)
  following.set('page', String(number + 1))
  const next = `http://flagsmith.internal/${path.join('/')}?${following.toString()}`
  return {
    status: 200,
    body: {
      count: all.length,
      next: number * pageSize < all.length ? next : null,
      previous: null,
      results,
    },
  }
}
