import type { Instant, Micros } from '#domain/time.ts'

/** One instance as its platform shows it; those that are on their way out are none. */
export interface Instance {
  readonly name: string
  /** Of the version that is asked for; else of one that serves beside it. */
  readonly isNew: boolean
  readonly startedAt: Instant
  /** Since when it is not ready; null while it is. */
  readonly unreadySince: Instant | null
  /** Why it is not ready, in the platform's words. */
  readonly why: string | null
  readonly containers: readonly {
    readonly name: string
    /** Since the instance began. */
    readonly restarts: number
    /** How its last run ended; null while its first one goes on. */
    readonly ended: { readonly at: Instant; readonly reason: string } | null
  }[]
}

/** Something that a platform warned of. */
export interface Warned {
  /** The instance, or what it belongs to. */
  readonly about: string
  readonly reason: string
  readonly message: string
  readonly at: Instant
  /** When it was first said in these words. */
  readonly since: Instant
  /** How often since then. */
  readonly times: number
}

/** The lines of a failing instance that say most, scrubbed. */
export interface Written {
  readonly instance: string
  readonly container: string
  readonly isPrevious: boolean
  readonly lines: readonly string[]
}

/** One question to a platform, and what it said; a platform that is slow, down or refuses says nothing of its instances. */
export type Told<What> = { readonly asked: string } & (
  | { readonly kind: 'told'; readonly what: What }
  | { readonly kind: 'unavailable'; readonly why: string }
)

export interface InstancesSeen {
  readonly instances: Told<{ readonly wanted: number; readonly all: readonly Instance[] }>
  readonly warnings: Told<readonly Warned[]>
  readonly written: readonly Written[]
}

export interface InstanceLimits {
  /** How far back is looked for restarts, kills, failed probes and warnings. */
  readonly lookBack: Micros
  /** What an instance may take to begin: until then, probes that fail say nothing. */
  readonly startUp: Micros
  /** Not ready for so long after its start-up, an instance is failing. */
  readonly sustained: Micros
}
