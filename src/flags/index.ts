import type { FlagProvider } from '#ports/flags.ts'
import type { Reached } from './ask.ts'
import { flagsmith } from './flagsmith.ts'
import { flipt } from './flipt.ts'
import { httpFlags } from './http.ts'
import { launchDarkly } from './launch-darkly.ts'
import type { ProviderOptions } from './options.ts'
import { unleash } from './unleash.ts'

const kinds = {
  unleash: { says: 'Unleash', make: unleash },
  launchDarkly: { says: 'LaunchDarkly', make: launchDarkly },
  flagsmith: { says: 'Flagsmith', make: flagsmith },
  flipt: { says: 'Flipt', make: flipt },
  http: { says: 'flags', make: httpFlags },
} as const satisfies Record<
  string,
  { readonly says: string; readonly make: (options: ProviderOptions & Reached) => FlagProvider }
>
export type FlagProviderKind = keyof typeof kinds

/** A provider of a kind, as the configuration calls it; asks nobody. */
export const flagProvider = (
  kind: FlagProviderKind,
  { called, ...options }: Omit<ProviderOptions, 'name'> & Reached & { readonly called: string },
): FlagProvider => kinds[kind].make({ ...options, name: `${kinds[kind].says} (${called})` })
