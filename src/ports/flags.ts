import type { Json } from '#domain/json.ts'
import type { Instant } from '#domain/time.ts'

/** A feature flag as its provider names it. */
export interface FlagPlace {
  readonly project: string
  readonly key: string
  readonly environment: string
}

/** What a flag does in its environment at the moment. */
export interface FlagSeen {
  readonly isOn: boolean
  /** All else that decides who has it, as the provider keeps it. The same before and after means that it was restored. */
  readonly rules: Json
  /** Who has it while it is on: `for 25 %`, `for everybody`. */
  readonly reach: string
  /** Since when it has been so, as far as the provider says. */
  readonly since: { readonly at: Instant; readonly what: 'switched on' | 'changed' } | undefined
  /** Why people would have it even though it is switched off, in a clause; undefined where off is off. */
  readonly stays: string | undefined
  /** The provider's own mark of this state, where a change can be made to depend on it. */
  readonly mark: Json
}

/** A provider of feature flags. */
export interface FlagProvider {
  /** As people call it: `Unleash (shop)`. */
  readonly name: string
  /** How long programs may take, as their libraries are usually set, to hear of a change; 0 where they are told at once. In seconds. */
  readonly spreadSeconds: number
  /** Read-only. Undefined where there is no such flag there. Throws `NotAllowed`, or an error in plain words when no answer comes. */
  read(place: FlagPlace, signal: AbortSignal): Promise<FlagSeen | undefined>
  /**
   * Switches it, and nothing else about it; safe to repeat. `seen` is what was read just before: a provider that can refuses when that
   * is no longer so, which is thrown as `Overtaken`. Throws `NotAllowed` when it is refused; then nothing was changed.
   */
  set(
    place: FlagPlace,
    wanted: { readonly isOn: boolean; readonly seen: FlagSeen; readonly why: string },
    signal: AbortSignal,
  ): Promise<void>
  /** The address at which people look at it. */
  lookAt(place: FlagPlace): string
}

/** Somebody changed the flag between our look and our change; nothing was changed by us. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}
