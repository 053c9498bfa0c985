import type { ServiceId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'

/** What somebody asks of automation: to see how it stands, or to switch it. */
export type AutomationAsked =
  | { readonly kind: 'show'; readonly services: readonly ServiceId[] }
  | {
      readonly kind: 'off' | 'on'
      readonly services: readonly ServiceId[]
      readonly until: Instant | null
      readonly reason: string
    }
