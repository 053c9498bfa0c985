import { z } from 'zod'
import { instant } from '#domain/time.ts'
import type { FlagPlace, FlagProvider } from '#ports/flags.ts'
import { ask, askFor, at, type Reached, titleOf } from './ask.ts'
import { Kept, type ProviderOptions } from './options.ts'

const Served = z.looseObject({
  variation: z.int().nullish(),
  rollout: z
    .looseObject({ variations: z.array(z.object({ variation: z.int(), weight: z.number() })) })
    .nullish(),
})

const Environment = z.object({
  on: z.boolean(),
  archived: z.boolean().nullish(),
  lastModified: z.number().nullish(),
  version: z.int().nullish(),
  offVariation: z.int().nullish(),
  fallthrough: Served.nullish(),
  rules: z.array(Kept).nullish(),
  targets: z.array(Kept).nullish(),
  contextTargets: z.array(Kept).nullish(),
  prerequisites: z.array(Kept).nullish(),
})
type Environment = z.infer<typeof Environment>

const Flag = z.object({
  archived: z.boolean().nullish(),
  variations: z.array(z.looseObject({ value: Kept, name: z.string().nullish() })),
  environments: z.record(z.string(), Environment),
})
type Flag = z.infer<typeof Flag>

/** What is asked for stays the same when LaunchDarkly's next version comes. */
const version = '20240415'

/** Flags of LaunchDarkly, switched by semantic patches; its own client can send none. */
export function launchDarkly(options: ProviderOptions & Reached): FlagProvider {
  const { name, url, token } = options
  const headers = { authorization: token, 'ld-api-version': version }
  const pathOf = ({ project, key }: FlagPlace) => ['api', 'v2', 'flags', project, key]
  return {
    name,
    spreadSeconds: 0,

    async read(place, signal) {
      const asked = { name, headers, on: titleOf(place) }
      const own = at(url, pathOf(place), { env: place.environment })
      const found = await askFor({ ...asked, url: own }, Flag, options, signal)
      const seen = found?.data.environments[place.environment]
      if (!found || !seen || found.data.archived || seen.archived) return undefined
      const { rules, targets, contextTargets, prerequisites, fallthrough, offVariation } = seen
      const kept = { rules, targets, contextTargets, prerequisites, fallthrough, offVariation }
      return {
        isOn: seen.on,
        rules: Kept.parse(JSON.parse(JSON.stringify(kept))),
        reach: reachOf(seen, found.data),
        since:
          seen.lastModified === undefined || seen.lastModified === null
            ? undefined
            : { at: instant(seen.lastModified * 1_000), what: 'changed' },
        stays: staysOf(seen, found.data),
        mark: null,
      }
    },

    async set(place, { isOn, why }, signal) {
      // What somebody has scheduled for later must not keep a flag on now; it would otherwise be answered with 400.
      const own = at(url, pathOf(place), { ignoreConflicts: 'true' })
      const answer = await ask(
        {
          name,
          headers,
          on: titleOf(place),
          verb: 'switch',
          url: own,
          method: 'PATCH',
          contentType: 'application/json; domain-model=launchdarkly.semanticpatch',
          json: {
            environmentKey: place.environment,
            comment: why,
            instructions: [{ kind: isOn ? 'turnFlagOn' : 'turnFlagOff' }],
          },
        },
        options,
        signal,
      )
      if (!answer) throw new Error(`${name} does not know ${titleOf(place)} any more`)
    },

    lookAt: ({ project, key, environment }) =>
      at(url, ['projects', project, 'flags', key, 'targeting'], { env: environment }).href,
  }
}

/** Weights are thousandths of a percent. */
function reachOf({ fallthrough, rules, targets }: Environment, { variations }: Flag): string {
  const isRuled = (rules?.length ?? 0) + (targets?.length ?? 0) > 0
  const weights = fallthrough?.rollout?.variations ?? []
  const share = weights
    .filter(({ variation }) => variations[variation]?.value === true)
    .reduce((sum, { weight }) => sum + weight, 0)
  if (weights.length > 0)
    return `${share > 0 ? `for ${share / 1_000} %` : 'by shares'}${isRuled ? ' and by rules' : ''}`
  if (isRuled) return 'by rules'
  const given = fallthrough?.variation
  return typeof given === 'number' && variations[given]?.value === false
    ? 'for nobody'
    : 'for everybody'
}

/** Off serves the off variation, and that can be the very thing that is to end. */
function staysOf({ offVariation, fallthrough }: Environment, { variations }: Flag) {
  if (offVariation === undefined || offVariation === null) return undefined
  const { value, name } = variations[offVariation] ?? {}
  const isSame = fallthrough?.variation === offVariation
  return value === true || isSame
    ? `its off variation serves ${name ?? JSON.stringify(value)} as well`
    : undefined
}
