import { workloadId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import { flag } from '#executors/flag/index.ts'
import { flagProvider, type FlagProviderKind } from '#flags/index.ts'
import type { Executor } from '#ports/executor.ts'
import { flagsmithDialect } from '#sandbox/flags/flagsmith.ts'
import { fliptDialect } from '#sandbox/flags/flipt.ts'
import { httpDialect } from '#sandbox/flags/http.ts'
import { launchDarklyDialect } from '#sandbox/flags/launch-darkly.ts'
import { type Dialect, startFlags } from '#sandbox/flags/server.ts'
import type { PretendFlag } from '#sandbox/flags/store.ts'
import { unleashDialect } from '#sandbox/flags/unleash.ts'

export const dialects = {
  unleash: unleashDialect,
  launchDarkly: launchDarklyDialect,
  flagsmith: flagsmithDialect,
  flipt: fliptDialect,
  http: httpDialect,
} as const satisfies Record<FlagProviderKind, Dialect>
export const kinds = Object.keys(dialects) as readonly FlagProviderKind[]

export const token = 'a-token-with-hunter2-in-it'

export const targetOf = (key: string, environment = 'production'): Target => ({
  executor: 'flag',
  workload: workloadId(`flag/shop/default/${environment}/${key}`),
  title: `flag ${key} in ${environment} (shop)`,
  spec: { provider: 'shop', project: 'default', key, environment },
})

/** One flag, on for a quarter, with a pretend provider of that kind; and the executor that switches it. */
export async function aWorld(
  kind: FlagProviderKind,
  given: Partial<PretendFlag> = {},
  reached: { readonly timeoutMs?: number; readonly beforeChange?: () => void } = {},
) {
  const pretend = await startFlags({ dialect: dialects[kind], token })
  const own = pretend.store.add({
    key: 'new-checkout',
    rules: [{ id: 'rule-1', share: 25 }],
    ...given,
  })
  const provider = () => flagProvider(kind, { called: 'shop', url: pretend.url, token, ...reached })
  const fresh = (): Executor => flag({ providers: new Map([['shop', provider()]]), retryMs: 5 })
  return { pretend, own, provider: provider(), executor: fresh(), fresh, target: targetOf(own.key) }
}
