import type { Json } from '#domain/json.ts'

/** What looks at an endpoint says of it. `unwatched`: nobody looks, so nothing is known. */
export type Health = 'online' | 'checking' | 'ill' | 'closed' | 'unwatched'

/** Where the requests of one region go. */
export interface Endpoint {
  readonly name: string
  readonly isOpen: boolean
  readonly health: Health
  /** In the provider's own word: `Degraded`. */
  readonly says: string
  /** The lowest open one is answered with, where one is; absent where all open ones are. */
  readonly rank?: number
}

/** The database behind the regions. Regions are lower case without spaces: `westeurope`. */
export interface Writes {
  /** As people call it: `Cosmos DB account shop`. */
  readonly name: string
  /** Every region it has, the one that takes writes first. */
  readonly order: readonly string[]
  /** A change is under way; the provider takes no other one. */
  readonly isBusy: boolean
  /** In the provider's own word: `Updating`. */
  readonly says: string
  /** Every region takes writes: there is nothing to move. */
  readonly isShared: boolean
  /** The provider moves writes by itself in an outage. */
  readonly movesByItself: boolean
  /** Whatever was acknowledged is in more than one region. */
  readonly isStrong: boolean
  /** Taken offline. */
  readonly offline: readonly string[]
}

/** How the regions are arranged at one moment. */
export interface Seen {
  /** Tells it from another of that name. */
  readonly id: string
  /** What people resolve: `shop.trafficmanager.net`. */
  readonly address: string
  /** It answers at all. */
  readonly isOn: boolean
  /** Which of the open endpoints it answers with, as long as they are well. */
  readonly answersWith: 'first' | 'every'
  readonly ttlSeconds: number
  /** How long an endpoint may be ill before it is noticed. */
  readonly noticedAfterSeconds: number
  readonly endpoints: readonly Endpoint[]
  /** Absent where no database is named. */
  readonly writes?: Writes
}

/** A change of the database: which region is to take the writes, is given up or taken up. */
export interface WritesChange {
  readonly kind: 'write_to' | 'give_up' | 'take_up'
  readonly region: string
}

/** What became of a change to the database. */
export type Operation =
  | { readonly kind: 'unknown' | 'running' | 'done' }
  | { readonly kind: 'failed'; readonly why: string }

/** No answer came, or one that tells of a trouble that passes. Whether a change was made is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** It answered, and it was a clear no. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/**
 * Who directs requests to regions and holds the database: Azure; others stand beside it. `at` is the provider's own part of a target.
 * Changes are made once and never repeated from inside: whoever asks looks first. All throw `NoAnswer`, `Refused` or `NotAllowed`.
 */
export interface RegionProvider {
  readonly kind: string
  /** As people say it: `Traffic Manager`. */
  readonly calls: string
  /** Problems of `at`, in sentences. Reads no network. */
  problems(at: Json): readonly string[]
  /** `undefined` where it is not there. */
  see(at: Json, signal: AbortSignal): Promise<Seen | undefined>
  /** Whether the database answers in a region, whatever it says. */
  answers(at: Json, region: string, signal: AbortSignal): Promise<boolean>
  open(at: Json, endpoint: string, signal: AbortSignal): Promise<void>
  close(at: Json, endpoint: string, signal: AbortSignal): Promise<void>
  /** Has the first of `order` take the writes: every region is named. Both regions must be up. Begins it, and does not wait. */
  order(at: Json, order: readonly string[], signal: AbortSignal): Promise<void>
  /** Gives a region of the database up that does not answer: another takes the writes, and what was not copied is lost. Begins it, and does not wait. */
  giveUp(at: Json, region: string, signal: AbortSignal): Promise<void>
  /** Brings a region back that was given up; it takes no writes. Begins it, and does not wait. */
  takeUp(at: Json, region: string, signal: AbortSignal): Promise<void>
  /** `unknown` where this process began no such change last, or has told its end. */
  operation(at: Json, change: WritesChange, signal: AbortSignal): Promise<Operation>
  lookCommand(at: Json): string
}
