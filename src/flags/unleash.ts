import { z } from 'zod'
import { fromDate } from '#domain/time.ts'
import type { FlagPlace, FlagProvider, FlagSeen } from '#ports/flags.ts'
import { ask, askFor, at, type Reached, titleOf } from './ask.ts'
import { Kept, type ProviderOptions } from './options.ts'

const Strategy = z.looseObject({
  name: z.string(),
  disabled: z.boolean().nullish(),
  parameters: z.looseObject({ rollout: z.union([z.string(), z.number()]).nullish() }).nullish(),
  constraints: z.array(z.unknown()).nullish(),
  segments: z.array(z.unknown()).nullish(),
})
type Strategy = z.infer<typeof Strategy>

const Feature = z.object({
  archived: z.boolean().nullish(),
  environments: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      strategies: z.array(Strategy).nullish(),
      variants: z.array(Kept).nullish(),
    }),
  ),
})

const Events = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      createdAt: z.iso.datetime({ offset: true }),
      environment: z.string().nullish(),
    }),
  ),
})

/** Events that widen or narrow who has a flag, beside its being switched. */
const changing = /^feature-(strategy-|environment-(enabled|variants-))/

/**
 * Flags of Unleash, by its Admin API. Its `on` gives a flag without strategies one that serves everybody, so what comes of it is
 * read back by whoever asked.
 */
export function unleash(options: ProviderOptions & Reached): FlagProvider {
  const { name, url, token } = options
  const headers = { authorization: token }
  const pathOf = ({ project, key }: FlagPlace) => [
    'api',
    'admin',
    'projects',
    project,
    'features',
    key,
  ]
  return {
    name,
    spreadSeconds: 15,

    async read(place, signal) {
      const of = { name, headers, on: titleOf(place) }
      const [found, since] = await Promise.all([
        askFor({ ...of, url: at(url, pathOf(place)) }, Feature, options, signal),
        sinceOf(place, signal),
      ])
      if (!found || found.data.archived) return undefined
      const own = found.data.environments.find((one) => one.name === place.environment)
      if (!own) return undefined
      const strategies = own.strategies ?? []
      return {
        isOn: own.enabled,
        rules: Kept.parse({ strategies, variants: own.variants ?? [] }),
        reach: reachOf(strategies.filter(({ disabled }) => !disabled)),
        since,
        stays: undefined,
        mark: null,
      }
    },

    async set(place, { isOn }, signal) {
      const target = at(url, [
        ...pathOf(place),
        'environments',
        place.environment,
        isOn ? 'on' : 'off',
      ])
      const asked = { name, headers, on: titleOf(place), verb: 'switch', json: {} }
      const answer = await ask({ ...asked, url: target }, options, signal)
      if (!answer) throw new Error(`${name} does not know ${titleOf(place)} any more`)
    },

    lookAt: ({ project, key }) => at(url, ['projects', project, 'features', key]).href,
  }

  /** Only tells since when: where the token may not read events, nobody says so. */
  async function sinceOf(place: FlagPlace, signal: AbortSignal): Promise<FlagSeen['since']> {
    const query = { feature: `IS:${place.key}`, project: `IS:${place.project}`, limit: '50' }
    const events = at(url, ['api', 'admin', 'search', 'events'], query)
    const of = { name, headers, on: 'events', url: events }
    const found = await askFor(of, Events, options, signal).catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof Error) return undefined
      throw error
    })
    const last = found?.data.events
      .filter(({ environment, type }) => environment === place.environment && changing.test(type))
      .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))[0]
    return (
      last && {
        at: fromDate(new Date(last.createdAt)),
        what: last.type === 'feature-environment-enabled' ? 'switched on' : 'changed',
      }
    )
  }
}

function reachOf(strategies: readonly Strategy[]): string {
  const [only] = strategies
  if (!only) return 'for everybody'
  if (strategies.length > 1) return `by ${strategies.length} strategies`
  const isLimited = (only.constraints?.length ?? 0) > 0 || (only.segments?.length ?? 0) > 0
  const share = only.parameters?.rollout
  const of = isLimited ? ' of those it is limited to' : ''
  if (typeof share === 'string' && share !== '100') return `for ${share} %${of}`
  if (typeof share === 'number' && share !== 100) return `for ${share} %${of}`
  if (isLimited) return 'for those it is limited to'
  return only.name === 'default' || only.name === 'flexibleRollout'
    ? 'for everybody'
    : `by the strategy ${only.name}`
}
