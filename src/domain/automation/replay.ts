import { holds, type Look, type Trouble } from '#domain/assessment/replay.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import { askedOf, isRead, type Reading } from '#domain/assessment/reading.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { type Instant, instant, type Micros, minutes, seconds } from '#domain/time.ts'
import { combined } from './combined.ts'
import { gravest, type Sign } from './decide.ts'
import { saturationSign } from './saturation.ts'
import { boundOf, brokenBy, tooFew } from './series.ts'
import type { AutomationSettings } from './settings.ts'
import { type Fired, isSeries, type SeriesTrigger, type Trigger, triggers } from './triggers.ts'
import { scoreSign, windowsOf } from './weighed.ts'

/** A time that is over, as it was measured: one look every `every`, and figures at the same moments. */
export interface MeasuredTime {
  readonly looks: readonly Look[]
  readonly series: ReadonlyMap<keyof SignalQueries, Series>
  readonly every: Micros
}
export interface Series {
  readonly source: string
  readonly query: string
  readonly values: readonly (number | null)[]
}

/** While automation would have done the same, and why it would have begun. */
export interface Acted {
  readonly from: Instant
  readonly to: Instant
  /** `countdown`: it would have rolled back, unless somebody stopped it. */
  readonly effect: 'countdown' | 'ask'
  readonly fired: Fired
  readonly why: string | null
  /** It would have rolled back outside of every incident. */
  readonly isFalse: boolean
}

/** What nobody knows afterwards: alerts and deploys stand in no figure, and arms of a canary are not counted here. */
export const isReplayed = (name: Trigger): boolean =>
  isSeries(name) || name === 'saturation' || name === 'score'

/**
 * What triggers would have said of a time that is over. What was deployed is not known, so neither is which version would have been
 * rolled back, whether people would have been asked for its sake, nor that it happens once for a version.
 */
export function replayAutomation(
  time: MeasuredTime,
  troubles: readonly Trouble[],
  settings: Pick<AutomationSettings, 'triggers' | 'combine'>,
  limits: AssessmentPolicy,
): readonly Acted[] {
  const replayed = { ...settings, triggers: settings.triggers.filter(isReplayed) }
  return time.looks.reduce<readonly Acted[]>((acted, { measured }, index) => {
    const signs = replayed.triggers.flatMap((name) => signAt(name, index, time, replayed, limits))
    const sign = gravest(combined(signs, replayed))
    return sign ? added(acted, sign, measured.circumstances.now, time.every, troubles) : acted
  }, [])
}

function added(
  acted: readonly Acted[],
  { says, fired, why }: Sign,
  now: Instant,
  every: Micros,
  troubles: readonly Trouble[],
): readonly Acted[] {
  const effect = says === 'roll_back' ? 'countdown' : 'ask'
  const last = acted.at(-1)
  if (last && last.effect === effect && now - last.to <= every)
    return [...acted.slice(0, -1), { ...last, to: now }]
  const isFalse = effect === 'countdown' && !troubles.some((trouble) => holds(trouble, now))
  return [...acted, { from: now, to: now, effect, fired, why: why ?? null, isFalse }]
}

function signAt(
  name: Trigger,
  index: number,
  time: MeasuredTime,
  settings: Pick<AutomationSettings, 'combine'>,
  limits: AssessmentPolicy,
): readonly Sign[] {
  if (isSeries(name)) return seriesAt(name, index, time, settings, limits)
  const needed = name === 'score' ? windowsOf(limits) : limits.judge.consecutiveWindows
  const windows = windowsAt(index, needed, limits.judge.windowMinutes, time)
  const [look] = windows
  if (!look) return []
  const readings = windows.map(({ measured }) => measured.readings)
  const sign =
    name === 'score'
      ? scoreSign(readings, needed, limits)
      : saturationSign(readings, needed, look.measured.tier, limits)
  return sign ? [sign] : []
}

/** Disjoint looks, five minutes apart at least, the newest first. */
function windowsAt(
  index: number,
  needed: number,
  windowMinutes: number,
  { looks, every }: MeasuredTime,
): readonly Look[] {
  const stride = Math.max(1, Math.ceil(minutes(windowMinutes) / every))
  return Array.from({ length: needed }, (_, back) => looks[index - back * stride]).filter(
    (look) => look !== undefined,
  )
}

function seriesAt(
  rule: SeriesTrigger,
  index: number,
  { looks, series, every }: MeasuredTime,
  settings: Pick<AutomationSettings, 'combine'>,
  { minRequests, judge }: AssessmentPolicy,
): readonly Sign[] {
  const { signal } = triggers[rule]
  const [seen, look] = [series.get(signal), looks[index]]
  const lasts = boundOf(rule, settings, every, judge)?.sustainedSeconds ?? 0
  // One more: whether it is missing is part of the answer.
  const first = Math.max(0, index - Math.ceil(seconds(lasts) / every) - 1)
  const broken = seen && brokenBy(rule, seen.values.slice(first, index + 1), settings, every, judge)
  if (!seen || !look || !broken) return []
  const { says, ...of } = broken
  const { now } = look.measured.circumstances
  const few = tooFew(requestsOf(look.measured.readings, signal), minRequests)
  const { source, query } = seen
  const fired = { ...of, rule, source, query, from: instant(now - every), to: now }
  return [few === undefined ? { says, fired } : { says: 'ask', why: few, fired }]
}

function requestsOf(readings: readonly Reading[], signal: keyof SignalQueries): number | null {
  const reading = readings.find((one) => askedOf(one.signal) === signal)
  return reading && isRead(reading) ? reading.answer.requests : null
}
