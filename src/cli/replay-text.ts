import type { Verdict } from '#domain/assessment/events.ts'
import { isSameVerdict } from '#domain/assessment/state.ts'
import type { Outcome, Replayed, Stretch } from '#domain/assessment/replay.ts'
import { verdictText } from '#domain/assessment/verdict-words.ts'
import { clock, count, span, stamp } from '#domain/communication/words.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Window } from '#ports/metrics.ts'

interface About {
  readonly service: ServiceId
  readonly window: Window
  /** Where the looks come from. */
  readonly source: string
  readonly policy: string
  readonly notes: readonly string[]
}

/** What a policy would have decided, as a table: one row for every change, then what came of it. */
export function replayText({ stretches, outcomes }: Replayed, about: About): string {
  const { service, window, source, policy, notes } = about
  const looks = stretches.reduce((sum, one) => sum + one.looks, 0)
  return [
    `${service}, ${stamp(window.from)} to ${stamp(window.to)}, from ${source}: ${count(looks, 'look')} by policy ${policy.slice(0, 12)}`,
    ...notes,
    '',
    ...(looks === 0
      ? ['Nothing was seen in this time: there is nothing to decide on.']
      : stretches.flatMap((one) => stretchText(one, about))),
    '',
    ...conclusion(stretches, outcomes, window),
  ].join('\n')
}

function stretchText(stretch: Stretch, { service, window }: About): readonly string[] {
  const { from, to, looks, verdict, then, because, rules, isAlarm, isFalse } = stretch
  const mark = isFalse ? '!' : isAlarm ? '✗' : verdict.advice === 'inconclusive' ? '?' : '✓'
  const day = clock(from, window.to).replace(' UTC', '')
  const until = looks > 1 ? `–${clock(to).replace(' UTC', '')}` : ''
  const before = then === null ? '' : ` ${thenText(then, verdict, service)}`
  return [
    `${mark} ${`${day}${until}`.padEnd(13)} ${count(looks, 'look').padEnd(9)} ${verdictText(verdict, service)}${before}${isFalse ? ' – a false alarm' : ''}`,
    `${' '.repeat(26)}because ${because}${rules.length > 0 ? ` (${rules.join(', ')})` : ''}`,
  ]
}

const thenText = (then: Verdict, now: Verdict, service: ServiceId): string =>
  isSameVerdict(then, now) ? '(as then)' : `(then: ${verdictText(then, service)})`

function conclusion(
  stretches: readonly Stretch[],
  outcomes: readonly Outcome[],
  window: Window,
): readonly string[] {
  const alarms = stretches.filter(({ isAlarm }) => isAlarm)
  const wrong = stretches.filter(({ isFalse }) => isFalse)
  return [
    `${count(alarms.length, 'alarm')}, ${wrong.length} of them false${wrong.length > 0 ? ` (${wrong.map(({ from }) => clock(from, window.to)).join(', ')})` : ''}.`,
    ...outcomes.map(({ trouble: { incident, from }, looks, found }) => {
      const began = `${incident} began at ${clock(from, window.to)}:`
      if (looks === 0) return `${began} nobody looked while it lasted.`
      if (!found) return `${began} missed in ${count(looks, 'look')}.`
      return `${began} found at ${clock(found.at, window.to)}, after ${span(found.delay)}.`
    }),
    ...(outcomes.length === 0 ? ['No incident is on record in this time.'] : []),
  ]
}
