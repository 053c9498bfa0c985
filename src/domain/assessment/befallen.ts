import { count, list } from '#domain/communication/words.ts'
import { type Instant, plus } from '#domain/time.ts'
import type { Instance, InstanceLimits, Warned } from './instance.ts'

/** Of an instance that began within the time every restart counts; of an older one the platform only knows the last. */
function endsIn({ startedAt, containers }: Instance, from: Instant) {
  return containers.map((one) => {
    const isRecent = one.ended !== null && one.ended.at >= from
    const times = startedAt >= from ? one.restarts : isRecent ? Math.min(1, one.restarts) : 0
    return { ...one, times, isRecent }
  })
}

export function restarts(all: readonly Instance[], from: Instant) {
  const restarted = all.flatMap((one) => {
    const times = endsIn(one, from).reduce((sum, { times }) => sum + times, 0)
    return times > 0 ? [{ one, times }] : []
  })
  const value = restarted.reduce((sum, { times }) => sum + times, 0)
  const ends = all.flatMap((one) => endsIn(one, from)).filter(({ times }) => times > 0)
  const reasons = ends.flatMap(({ ended }) => ended?.reason ?? [])
  return {
    value,
    ...detail(value > 0 ? [`in ${count(restarted.length, 'instance')}`, ...grouped(reasons)] : []),
  }
}

export function killed(all: readonly Instance[], from: Instant) {
  const killed = all.filter((one) =>
    endsIn(one, from).some(({ isRecent, ended }) => isRecent && ended?.reason === 'OOMKilled'),
  )
  return { value: killed.length, ...detail(named(killed.map(({ name }) => name))) }
}

/** Probes that fail while an instance starts are how it is known to be starting. */
export function probes(
  recent: readonly Warned[],
  all: readonly Instance[],
  { from, limits }: { readonly from: Instant; readonly limits: InstanceLimits },
) {
  const began = new Map(all.map(({ name, startedAt }) => [name, startedAt]))
  const failed = recent.filter(({ about, reason, at }) => {
    const start = began.get(about)
    return reason === probeFailed && start !== undefined && at >= plus(start, limits.startUp)
  })
  const value = failed.reduce((sum, { since, times }) => sum + (since >= from ? times : 1), 0)
  return { value, ...detail(grouped(failed.map(({ message }) => kindOfProbe(message)))) }
}

export function others(recent: readonly Warned[]) {
  const warned = recent.filter(({ reason }) => reason !== probeFailed)
  return { value: warned.length, ...detail(grouped(warned.map(({ reason }) => reason))) }
}

const probeFailed = 'Unhealthy'
const kindOfProbe = (message: string): string =>
  /^(Readiness|Liveness|Startup) probe/.exec(message)?.[1]?.toLowerCase() ?? 'other'

export const reasonsOf = (some: readonly Instance[]): readonly string[] =>
  grouped(some.flatMap(({ why }) => why?.split(' – ')[0] ?? []))

/** `CrashLoopBackOff ×3`: the most frequent first. */
function grouped(words: readonly string[]): readonly string[] {
  const times = new Map<string, number>()
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1)
  return [...times]
    .toSorted(([one, ones], [other, others]) => others - ones || (one < other ? -1 : 1))
    .slice(0, 3)
    .map(([word, count]) => (count > 1 ? `${word} ×${count}` : word))
}

const named = (names: readonly string[]): readonly string[] =>
  names.length > 2 ? [`${list(names.slice(0, 2))} and others`] : names

export const detail = (parts: readonly string[]): { readonly detail?: string } =>
  parts.length > 0 ? { detail: parts.join(', ') } : {}
