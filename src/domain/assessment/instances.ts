import { between, type Instant, type Micros, plus } from '#domain/time.ts'
import { detail, killed, others, probes, reasonsOf, restarts } from './befallen.ts'
import type { Answer, InstanceSignal, Reading } from './reading.ts'

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

interface Look {
  readonly source: string
  readonly now: Instant
  readonly limits: InstanceLimits
}

/** What a platform shows of the instances, as signals: each with its window, how many instances stand behind it, and what was asked. */
export function instanceReadings(
  { instances, warnings }: InstancesSeen,
  { source, now, limits }: Look,
): readonly Reading[] {
  const from = plus(now, -limits.lookBack as Micros)
  const all = instances.kind === 'told' ? instances.what.all : []
  const wanted = instances.kind === 'told' ? instances.what.wanted : 0
  const reading = (
    signal: InstanceSignal,
    told: Told<unknown>,
    see: () => Pick<Extract<Answer, { kind: 'value' }>, 'value' | 'detail' | 'pending'>,
  ): Reading => ({
    signal,
    source,
    query: told.asked,
    from: signal === 'not-ready' || signal === 'failing' ? now : from,
    to: now,
    answer:
      told.kind === 'unavailable'
        ? { kind: 'unavailable', why: told.why }
        : wanted === 0 && instances.kind === 'told'
          ? { kind: 'no_data' }
          : { kind: 'value', requests: null, normal: null, instances: wanted, ...see() },
  })
  const recent = warnings.kind === 'told' ? warnings.what.filter(({ at }) => at >= from) : []
  return [
    reading('not-ready', instances, () => notReady(all, wanted)),
    reading('failing', instances, () => failing(all, wanted, now, limits)),
    reading('restarts', instances, () => restarts(all, from)),
    reading('oom-kills', instances, () => killed(all, from)),
    reading('probe-failures', warnings, () => probes(recent, all, { from, limits })),
    reading('warnings', warnings, () => others(recent)),
  ]
}

/** Whether what serves beside the new version fails as well; null where nothing does, or nobody could look. */
export function othersFail(
  { instances }: InstancesSeen,
  { now, limits, share }: Omit<Look, 'source'> & { readonly share: number },
): boolean | null {
  const beside = instances.kind === 'told' ? instances.what.all.filter(({ isNew }) => !isNew) : []
  if (beside.length === 0) return null
  return beside.filter((one) => isFailing(one, now, limits)).length / beside.length > share
}

/** Past its start-up, and not ready for longer than a while. */
function isFailing({ unreadySince, startedAt }: Instance, now: Instant, limits: InstanceLimits) {
  return (
    unreadySince !== null &&
    between(startedAt, now) >= limits.startUp + limits.sustained &&
    between(unreadySince, now) >= limits.sustained
  )
}

function notReady(all: readonly Instance[], wanted: number) {
  const unready = all.filter(({ unreadySince }) => unreadySince !== null)
  const ready = all.length - unready.length
  return { value: Math.max(0, 1 - ready / wanted), ...detail(reasonsOf(unready)) }
}

/** Those that are not ready yet, and too young to be judged, are pending. */
function failing(all: readonly Instance[], wanted: number, now: Instant, limits: InstanceLimits) {
  const bad = all.filter((one) => isFailing(one, now, limits))
  const pending = all.filter(({ unreadySince }) => unreadySince !== null).length - bad.length
  return { value: Math.min(1, bad.length / wanted), pending, ...detail(reasonsOf(bad)) }
}
