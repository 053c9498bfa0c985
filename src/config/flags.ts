import { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import { nearest } from '#domain/nearest.ts'
import type { LinkedFlag, Target } from '#domain/service.ts'
import type { Finding } from './finding.ts'

/** What providers take in names; nothing that would lead elsewhere in a path. */
const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,199}$/,
    'must be letters, digits, dots, dashes and underscores, as the provider has it',
  )

const ProviderName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be small letters, digits and dashes, such as shop')

/** One provider of flags each; its token stands in the environment, as FLAGS_<NAME>_TOKEN. */
export const flagProvidersSection = (url: z.ZodType<string, string>) =>
  z.record(
    ProviderName,
    z
      .strictObject({
        unleash: z.strictObject({ url }).optional(),
        /** An address of one's own would be a way to send the token anywhere: only LaunchDarkly's. */
        launchDarkly: z
          .strictObject({ region: z.enum(['us', 'eu', 'gov']).default('us') })
          .optional(),
        flagsmith: z.strictObject({ url: url.default('https://api.flagsmith.com') }).optional(),
        flipt: z.strictObject({ url }).optional(),
        /** A server of one's own, as docs/flags.md says. */
        http: z.strictObject({ url }).optional(),
      })
      .refine((row) => Object.values(row).filter((one) => one !== undefined).length === 1, {
        message: `needs exactly one of unleash, launchDarkly, flagsmith, flipt and http`,
      }),
  )
type FlagProvidersSection = z.infer<ReturnType<typeof flagProvidersSection>>

/** Where a flag is: with which provider, and in which environment of it. */
export const FlagRow = z.strictObject({
  provider: ProviderName,
  /** The project; with Flipt, the namespace. */
  project: Name.default('default'),
  key: Name,
  /** With Flagsmith, the key of the environment. */
  environment: Name,
})
type FlagRow = z.infer<typeof FlagRow>

/** A flag that one of the ways to take a version back is to switch off. */
export const LinkedFlagRow = z.strictObject({
  ...FlagRow.shape,
  /** The versions that it came with, by what their names begin with; absent: the one during which it was last switched or changed. */
  versions: z
    .array(
      z
        .string()
        .regex(/^[\w.-]{1,128}$/, 'must be what names of versions begin with, such as 2.4.'),
    )
    .min(1)
    .max(20)
    .optional(),
})
type LinkedFlagRow = z.infer<typeof LinkedFlagRow>

export interface FlagProviderSettings {
  readonly kind: 'unleash' | 'launchDarkly' | 'flagsmith' | 'flipt' | 'http'
  readonly url: string
}
export type FlagProviders = ReadonlyMap<string, FlagProviderSettings>
/** By the name of the provider; never in the file. */
export type FlagTokens = ReadonlyMap<string, string>

export const flagProviders = (section: FlagProvidersSection): FlagProviders =>
  new Map(Object.entries(section).map(([name, row]) => [name, settingsOf(row)]))

function settingsOf(row: FlagProvidersSection[string]): FlagProviderSettings {
  if (row.launchDarkly)
    return { kind: 'launchDarkly', url: launchDarklyAt[row.launchDarkly.region] }
  if (row.unleash) return { kind: 'unleash', url: row.unleash.url }
  if (row.flagsmith) return { kind: 'flagsmith', url: row.flagsmith.url }
  if (row.flipt) return { kind: 'flipt', url: row.flipt.url }
  if (row.http) return { kind: 'http', url: row.http.url }
  throw new Error('the schema lets no provider through that is of no kind')
}

const launchDarklyAt = {
  us: 'https://app.launchdarkly.com',
  eu: 'https://app.eu.launchdarkly.com',
  gov: 'https://app.launchdarkly.us',
} as const

/** `FLAGS_FRONT_END_TOKEN` for `front-end`. */
export const flagVariable = (name: string): string =>
  `FLAGS_${name.toUpperCase().replaceAll('-', '_')}_TOKEN`

export const flagTarget = ({ provider, project, key, environment }: FlagRow): Target => ({
  executor: 'flag',
  workload: workloadId(`flag/${provider}/${project}/${environment}/${key}`),
  title: `flag ${key} in ${environment} (${provider})`,
  spec: { provider, project, key, environment },
})

export const linkedFlag = ({ versions, ...row }: LinkedFlagRow): LinkedFlag => ({
  name: row.key,
  target: flagTarget(row),
  ...(versions ? { versions } : {}),
})

interface Naming {
  readonly flags: readonly { readonly provider: string }[]
  readonly targets: readonly { readonly flag?: { readonly provider: string } | undefined }[]
}

/** Where a provider that a service names stands nowhere. */
export const flagProblems = (
  providers: readonly string[],
  rows: readonly (readonly [string, Naming])[],
): readonly Finding[] =>
  rows.flatMap(([service, { flags, targets }]) => {
    const named = [
      ...flags.map(({ provider }, at) => ({ provider, path: ['flags', at, 'provider'] })),
      ...targets.flatMap(({ flag }, at) =>
        flag ? [{ provider: flag.provider, path: ['targets', at, 'flag', 'provider'] }] : [],
      ),
    ]
    return named
      .filter(({ provider }) => !providers.includes(provider))
      .map(({ provider, path }) => {
        const [near] = nearest(providers, provider)
        const hint = near === undefined ? '' : `; did you mean ${near}?`
        return {
          path: ['services', service, ...path],
          text: `no provider ${provider} stands under flags${hint}`,
        }
      })
  })

/** What is missing in the environment for the providers that the file names. */
export const flagTokenProblems = (
  providers: FlagProviders,
  tokens: FlagTokens,
): readonly string[] =>
  [...providers.keys()]
    .filter((name) => !tokens.has(name))
    .map(
      (name) =>
        `${flagVariable(name)} is missing: flags.${name} needs a token that may switch flags (docs/flags.md says with which rights).`,
    )
