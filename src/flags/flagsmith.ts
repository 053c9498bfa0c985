import { z } from 'zod'
import { fromDate } from '#domain/time.ts'
import { NotAllowed } from '#ports/executor.ts'
import type { FlagPlace, FlagProvider } from '#ports/flags.ts'
import { ask, askFor, at, type Reached, titleOf } from './ask.ts'
import { Kept, type ProviderOptions } from './options.ts'

const State = z.object({
  id: z.int(),
  feature: z.int(),
  environment: z.int(),
  enabled: z.boolean(),
  feature_state_value: Kept.nullish(),
  multivariate_feature_state_values: z.array(Kept).nullish(),
  feature_segment: z.int().nullish(),
  identity: Kept.nullish(),
  environment_feature_version: z.string().nullish(),
  updated_at: z.iso.datetime({ offset: true }).nullish(),
})
type State = z.infer<typeof State>
const States = z.object({ results: z.array(State), next: z.string().nullish() })

/** No flag has so many overrides; whoever says so is not believed for ever. */
const mostPages = 100

/**
 * Flags of Flagsmith, by its API for administration. The environment is named by its key. Its state there is only the default:
 * segments and identities may have their own, which stay as they are.
 */
export function flagsmith(options: ProviderOptions & Reached): FlagProvider {
  const { name, url, token } = options
  const headers = { authorization: `Api-Key ${token}` }

  async function found(place: FlagPlace, signal: AbortSignal): Promise<State | undefined> {
    const path = ['api', 'v1', 'environments', place.environment, 'featurestates', '']
    const own = at(url, path, { feature_name: place.key })
    const defaults = (await everyPage(place, own, signal)).filter(isDefault)
    if (new Set(defaults.map(({ feature }) => feature)).size > 1)
      throw new Error(`${name} answered with other flags than ${titleOf(place)}`)
    return defaults[0]
  }

  /** Where the next page is, it says itself; who is asked for it stays the same. */
  async function everyPage(
    place: FlagPlace,
    first: URL,
    signal: AbortSignal,
  ): Promise<readonly State[]> {
    const all: State[] = []
    for (let [url, page]: [URL, number] = [first, 1]; ; page += 1) {
      const asked = { name, headers, on: titleOf(place), url }
      const answer = await askFor(asked, States, options, signal)
      if (!answer) return all
      all.push(...answer.data.results)
      const { next } = answer.data
      if (!next) return all
      if (page >= mostPages)
        throw new Error(`${name} has more than ${mostPages} pages of overrides`)
      const following = new URL(first)
      following.search = new URL(next, first).search
      url = following
    }
  }

  return {
    name,
    // Those that evaluate by themselves; others ask each time.
    spreadSeconds: 60,

    async read(place, signal) {
      const own = await found(place, signal)
      if (!own) return undefined
      const path = ['api', 'v1', 'features', 'featurestates', '']
      const every = at(url, path, {
        environment: String(own.environment),
        feature: String(own.feature),
      })
      const all = await everyPage(place, every, signal)
      const overrides = all.filter((one) => !isDefault(one))
      return {
        isOn: own.enabled,
        rules: Kept.parse({
          value: own.feature_state_value ?? null,
          variations: own.multivariate_feature_state_values ?? [],
          overrides: overrides
            .map(({ id, enabled }) => ({ id, enabled }))
            .toSorted((a, b) => a.id - b.id),
        }),
        reach: overrides.length > 0 ? 'for everybody but its overrides' : 'for everybody',
        since: own.updated_at
          ? { at: fromDate(new Date(own.updated_at)), what: 'changed' }
          : undefined,
        stays: staysOf(overrides),
        mark: { id: own.id, version: own.environment_feature_version ?? null },
      }
    },

    async set(place, { isOn }, signal) {
      const own = await found(place, signal)
      if (!own) throw new Error(`${name} does not know ${titleOf(place)} any more`)
      if (own.environment_feature_version)
        throw new NotAllowed('switch', titleOf(place), {
          why: `${name} keeps versions of the flags of this environment, and those are published there`,
        })
      const path = [
        'api',
        'v1',
        'environments',
        place.environment,
        'featurestates',
        `${own.id}`,
        '',
      ]
      const asked = { name, headers, on: titleOf(place), verb: 'switch', url: at(url, path) }
      const json = { enabled: isOn }
      const answer = await ask({ ...asked, method: 'PATCH', json }, options, signal)
      if (!answer) throw new Error(`${name} does not know ${titleOf(place)} any more`)
    },

    lookAt: ({ project, environment }) =>
      at(url, ['project', project, 'environment', environment, 'features']).href,
  }
}

const isDefault = ({ feature_segment: segment, identity }: State): boolean =>
  (segment ?? null) === null && (identity ?? null) === null

function staysOf(overrides: readonly State[]): string | undefined {
  const on = overrides.filter(({ enabled }) => enabled).length
  if (on === 0) return undefined
  return `${on} ${on === 1 ? 'override of a segment or an identity has' : 'overrides of segments or identities have'} it on`
}
