import { type Acted, isReplayed } from '#domain/automation/replay.ts'
import type { AutomationSettings } from '#domain/automation/settings.ts'
import { clock, clockSeconds, count, list, span } from '#domain/communication/words.ts'
import { type Micros, micros, plus } from '#domain/time.ts'
import type { Window } from '#ports/metrics.ts'

interface About {
  readonly automation: AutomationSettings
  readonly window: Window
  readonly every: Micros
}

/** What automation would have done, as a table beside that of the verdicts; `undefined` where only single looks are on record. */
export function automationText(
  acted: readonly Acted[] | undefined,
  { automation, window, every }: About,
): readonly string[] {
  const told = automation.triggers.filter(isReplayed)
  const untold = automation.triggers.filter((name) => !isReplayed(name))
  const as = automation.mode === 'on' ? '' : `, were it on (it is ${modes[automation.mode]})`
  if (!acted) return ['What automation would have done is told with --metrics.']
  const done = acted.filter(({ effect }) => effect === 'countdown')
  const wrong = done.filter(({ isFalse }) => isFalse)
  return [
    `What automation would have done by ${list(told.length > 0 ? told : ['nothing'], automation.combine ? 'and' : 'or')}${as}:`,
    ...acted.flatMap((one) => actedText(one, automation, window)),
    done.length === 0
      ? 'It would have rolled back nothing.'
      : `It would have rolled back ${count(done.length, 'time')}, ${wrong.length} of them outside of every incident; once for a version, whatever stands here.`,
    ...(untold.length > 0
      ? [
          `Not known afterwards: ${list(untold, 'and')}, and what was deployed when.${automation.combine ? ' All must fire together: it would have done this at most.' : ''}`,
        ]
      : ['Not known afterwards: what was deployed when.']),
    `Each look is of ${span(every)}. Live, triggers of one figure read it every minute, as with --every 1m; verdicts, saturation and a score look at five minutes, as with --every 5m.`,
  ]
}

const modes = { on: 'on', off: 'off', 'dry-run': 'a dry run' } as const

function actedText(
  { from, to, effect, fired, why, isFalse }: Acted,
  { countdownMicros }: AutomationSettings,
  window: Window,
): readonly string[] {
  const mark = effect === 'ask' ? '?' : isFalse ? '!' : '✗'
  const begin = clock(from, window.to).replace(' UTC', '')
  const until = to > from ? `–${clock(to).replace(' UTC', '')}` : ''
  const done = plus(from, micros(Math.max(countdownMicros, fired.delayMicros)))
  const what =
    effect === 'ask'
      ? `people asked${why === null ? ', it is close to the bound' : `: ${why}`}`
      : `counted down from ${begin} and rolled back at ${clockSeconds(done)}${isFalse ? ' – a false alarm' : ''}`
  return [
    `${mark} ${`${begin}${until}`.padEnd(13)} ${what}`,
    `${' '.repeat(16)}because ${fired.rule}: ${fired.because}`,
  ]
}
