import { between, type Instant, type Micros, plus } from '#domain/time.ts'
import { detail, killed, others, probes, reasonsOf, restarts } from './befallen.ts'
import type { Instance, InstanceLimits, InstancesSeen, Told } from './instance.ts'
import type { Answer, InstanceSignal, Reading } from './reading.ts'

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
