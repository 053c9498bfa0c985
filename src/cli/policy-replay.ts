import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { unnamedTriggers } from '#config/automation.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { replay } from '#domain/assessment/replay.ts'
import { type MeasuredTime, replayAutomation } from '#domain/automation/replay.ts'
import type { AutomationSettings } from '#domain/automation/settings.ts'
import type { Service } from '#domain/service.ts'
import { fromDate, type Instant, instant, type Micros, minutes, seconds } from '#domain/time.ts'
import type { Window } from '#ports/metrics.ts'
import { measuredPast, type Past } from '#workflows/assessment/replay-looks.ts'
import { type Command, exit, Misused, type Terminal } from './command.ts'
import { serviceIn, soundFileOf } from './config-file.ts'
import { elapsedOf } from './policy-who.ts'
import { automationText } from './replay-automation.ts'
import { type Pictured, replayPicture } from './replay-picture.ts'
import { replayText } from './replay-text.ts'

/** A look every five minutes for a month is as much as a source gives at once. */
const mostLooks = 10_000

export const policyReplay: Command = {
  name: 'policy replay',
  usage:
    '--service <service> --from <time> --to <time> [--metrics [--every 5m]] [--picture file.png] [--policy file] [--config file]',
  help: 'Say what a policy would have decided on what was seen: on recorded assessments, or with --metrics on what is measured of that time, and then also what automation would have done. Times are UTC, as 2026-11-21T14:00, or how long ago, as 24h. --policy tries another file, --picture draws the figures with what was decided.',
  example: 'policy replay --service checkout --from 24h --to 0m --policy stricter.yaml',
  run: async (args, terminal) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        service: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        metrics: { type: 'boolean', default: false },
        every: { type: 'string', default: '5m' },
        picture: { type: 'string' },
        policy: { type: 'string' },
        config: { type: 'string' },
      },
    })
    if (values.service === undefined) throw new Misused('Name the service: --service checkout')
    const every = elapsedOf(values.every, '--every')
    const window = windowOf(values.from, values.to, every)
    const file = soundFileOf(terminal, values.config)
    const tried = values.policy === undefined ? file : soundFileOf(terminal, values.policy)
    const service = file && serviceIn(file, values.service, terminal)
    if (!file || !tried || !service) return exit.found
    const past = values.metrics
      ? await measured(terminal, { file, service, window, every })
      : await recorded(terminal, service, window)
    const limits = limitsFor(tried.policy, service.id)
    const automation = automationTried(tried.catalogue.get(service.id) ?? service)
    const replayed = replay(past.looks, past.troubles, limits)
    const acted = past.time && replayAutomation(past.time, past.troubles, automation, limits)
    terminal.out(
      [
        replayText(replayed, {
          service: service.id,
          window,
          source: values.metrics ? 'what is measured of it' : 'the record',
          policy: tried.policy.hash,
          notes: past.notes,
        }),
        '',
        ...automationText(acted, { automation, window, every }),
      ].join('\n'),
    )
    if (values.picture === undefined) return exit.fine
    const of = {
      service: service.id,
      window,
      ...past,
      replayed,
      acted: acted ?? [],
      automation,
      limits,
    }
    return drawn(terminal, values.picture, of)
  },
}

/** The picture beside the table, as a file. */
async function drawn(terminal: Terminal, path: string, pictured: Pictured): Promise<number> {
  const svg = replayPicture(pictured)
  if (svg === undefined) {
    terminal.err('Nothing was measured in this time: there is nothing to draw.')
    return exit.found
  }
  try {
    writeFileSync(path, await terminal.draw(svg))
  } catch (error) {
    terminal.err(
      `The picture cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    )
    return exit.found
  }
  terminal.out(`Picture: ${path}`)
  return exit.fine
}

interface Read extends Past {
  readonly notes: readonly string[]
  /** What was measured of it, figure by figure; the record holds looks alone. */
  readonly time?: MeasuredTime
}

/** A service that has none is tried as if it were on and named no trigger. */
function automationTried(service: Service): AutomationSettings {
  const triggers = unnamedTriggers(service)
  return service.automation ?? { mode: 'off', countdownMicros: seconds(30), triggers }
}

async function recorded(terminal: Terminal, service: Service, window: Window): Promise<Read> {
  await using archive = await terminal.openArchive()
  return { ...(await archive.past(service.id, window)), notes: [] }
}

/** Incidents come from the record; where it is away, what would have been decided is told all the same. */
async function measured(
  terminal: Terminal,
  asked: {
    readonly file: ConfigFileContent
    readonly service: Service
    readonly window: Window
    readonly every: Micros
  },
): Promise<Read> {
  const { file, service, window, every } = asked
  const metrics = await terminal.openMetrics(file)
  const time = await measuredPast({ metrics }, service, window, every, AbortSignal.timeout(60_000))
  try {
    const { troubles } = await recorded(terminal, service, window)
    return { looks: time.looks, troubles, time, notes: time.why }
  } catch {
    const note = 'The record of incidents cannot be read: which alarms were false is not known.'
    return { looks: time.looks, troubles: [], time, notes: [...time.why, note] }
  }
}

function windowOf(from: string | undefined, to: string | undefined, every: Micros): Window {
  if (from === undefined || to === undefined) throw new Misused('--from and --to are needed')
  const begin = timeOf(from, '--from')
  const window = { from: begin, to: timeOf(to, '--to') }
  if (window.from >= window.to) throw new Misused('--from must lie before --to')
  if (every < minutes(1)) throw new Misused('--every takes a minute or more')
  if ((window.to - window.from) / every > mostLooks)
    throw new Misused(
      `That would be more than ${mostLooks} looks: take a shorter time, or a longer --every`,
    )
  return window
}

/** `2026-11-21`, `2026-11-21T14:05`, with or without seconds and Z: always UTC; or how long ago. */
function timeOf(text: string, flag: string): Instant {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)Z?)?$/.exec(text)
  if (!found) return instant(fromDate(new Date()) - elapsedOf(text, flag))
  const date = new Date(`${found[1]}T${found[2] ?? '00:00'}Z`)
  if (Number.isNaN(date.getTime())) throw new Misused(`${flag}: there is no such time as ${text}`)
  return fromDate(date)
}
