import { z } from 'zod'
import type { FlagPlace, FlagProvider } from '#ports/flags.ts'
import { Overtaken } from '#ports/flags.ts'
import { ask, askFor, at, type Reached, titleOf } from './ask.ts'
import { Kept, type ProviderOptions } from './options.ts'

const Rollout = z.looseObject({
  segment: z.looseObject({ value: z.boolean().nullish() }).nullish(),
  threshold: z
    .looseObject({ percentage: z.number().nullish(), value: z.boolean().nullish() })
    .nullish(),
})
type Rollout = z.infer<typeof Rollout>

const Payload = z.looseObject({
  '@type': z.string(),
  key: z.string(),
  type: z.string().nullish(),
  /** Left out where it is false. */
  enabled: z.boolean().nullish(),
  rollouts: z.array(Rollout).nullish(),
})
type Payload = z.infer<typeof Payload>

const Resource = z.object({
  resource: z.object({ key: z.string(), payload: Payload }),
  revision: z.string(),
})

/**
 * Flags of Flipt v2. A change replaces the whole flag: what was read goes back with one value changed, and only while the
 * environment is at the revision that it was read from.
 */
export function flipt(options: ProviderOptions & Reached): FlagProvider {
  const { name, url, token } = options
  const headers = { authorization: `Bearer ${token}` }
  const resources = ({ environment, project }: FlagPlace) => [
    'api',
    'v2',
    'environments',
    environment,
    'namespaces',
    project,
    'resources',
  ]
  const found = async (place: FlagPlace, signal: AbortSignal) => {
    const own = at(url, [...resources(place), 'flipt.core.Flag', place.key])
    const asked = { name, headers, on: titleOf(place), url: own }
    return (await askFor(asked, Resource, options, signal))?.data
  }
  return {
    name,
    spreadSeconds: 0,

    async read(place, signal) {
      const now = await found(place, signal)
      if (!now) return undefined
      const { enabled, ...rest } = now.resource.payload
      return {
        isOn: enabled ?? false,
        rules: Kept.parse(rest),
        reach: reachOf(now.resource.payload),
        since: undefined,
        stays: staysOf(now.resource.payload),
        mark: now.revision,
      }
    },

    async set(place, { isOn, seen }, signal) {
      const now = await found(place, signal)
      if (!now) throw new Error(`${name} does not know ${titleOf(place)} any more`)
      if (now.revision !== seen.mark)
        throw new Overtaken(`${name} has another revision of ${place.environment} by now`)
      const { key, payload } = now.resource
      const asked = { name, headers, on: titleOf(place), verb: 'switch', method: 'PUT' } as const
      const json = { key, payload: { ...payload, enabled: isOn }, revision: now.revision }
      const answer = await ask({ ...asked, url: at(url, resources(place)), json }, options, signal)
      if (!answer) throw new Error(`${name} does not know ${titleOf(place)} any more`)
    },

    lookAt: ({ project, key }) =>
      `${at(url, []).href.replace(/\/$/, '')}/#/namespaces/${encodeURIComponent(project)}/flags/${encodeURIComponent(key)}`,
  }
}

const isTrueFor = ({ segment, threshold }: Rollout): boolean =>
  segment?.value === true || (threshold?.value === true && (threshold.percentage ?? 0) > 0)

function reachOf({ type, rollouts }: Payload): string {
  if (type !== 'BOOLEAN_FLAG_TYPE') return 'by its rules'
  return (rollouts?.length ?? 0) > 0 ? 'for everybody but its rollouts' : 'for everybody'
}

/** `enabled` of a boolean flag is only what it is where no rollout says otherwise. */
function staysOf({ type, rollouts }: Payload): string | undefined {
  const on = (rollouts ?? []).filter(isTrueFor).length
  if (type !== 'BOOLEAN_FLAG_TYPE' || on === 0) return undefined
  return `${on === 1 ? 'a rollout says' : `${on} rollouts say`} true whatever it is set to`
}
