import type { Revisions } from '#ports/store.ts'
import type { RegionProvider } from './provider.ts'
import type { RegionChange, RegionTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface RegionParts {
  readonly providers: ReadonlyMap<string, RegionProvider>
  readonly revisions: Revisions
  /** Takes secrets out of a text before it leaves this executor. */
  readonly scrub: (text: string) => string
  /** Between two looks at a change; clouds have a limit for questions. */
  readonly lookEveryMs?: number
  /** Before another attempt at a change; longer each time. */
  readonly retryMs?: number
  /** A second of what is waited for: 1000 but where people play. */
  readonly secondMs?: number
  /** When a closed endpoint was first seen closed, by workload and endpoint; milliseconds of this process. */
  readonly closed?: Map<string, number>
}

export function providerOf({ providers }: RegionParts, { provider }: RegionTarget): RegionProvider {
  const found = providers.get(provider)
  if (!found) throw new Error(`no provider ${provider} is known here`)
  return found
}

/** Under which name it is kept when an endpoint was closed. */
export const closedKey = ({ workload, endpoint }: RegionChange): string => `${workload} ${endpoint}`
