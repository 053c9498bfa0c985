import type { Finding } from '#domain/assessment/finding.ts'
import type { Written } from '#domain/assessment/instance.ts'
import { isOfInstances } from '#domain/assessment/reading.ts'
import { list, span } from '#domain/communication/words.ts'
import { between } from '#domain/time.ts'
import { bold, code, lines, type Markup, mrkdwn } from './markup.ts'

/** What the platform has nothing to say about takes one line of a card. */
export function quietText(findings: readonly Finding[]): Markup | undefined {
  const quiet = findings.filter(isQuietAside)
  const of = quiet.flatMap(({ signal }) => titles[signal] ?? [])
  const window = quiet.find(({ signal }) => titles[signal] !== undefined)?.window
  return window
    ? mrkdwn`✓ in ${span(between(window.from, window.to))} no ${list(of, 'or')}`
    : undefined
}

/** Quiet, and beside what says how many are ready. */
export const isQuietAside = ({ signal, state }: Finding): boolean =>
  state === 'quiet' && signal !== 'not-ready' && isOfInstances(signal)

const titles: Readonly<Partial<Record<Finding['signal'], string>>> = {
  restarts: 'restarts',
  'oom-kills': 'kills for want of memory',
  'probe-failures': 'failed probes',
  warnings: 'other warnings',
}

/** The last words of instances that fail: often the cause itself. */
export function writtenText(written: readonly Written[], most = 20): Markup | undefined {
  const all = written.flatMap((one) => one.lines.map((line) => ({ one, line })))
  return all.length === 0
    ? undefined
    : lines(
        mrkdwn`${bold('What failing instances wrote')}`,
        ...all
          .slice(0, most)
          .map(
            ({ one, line }) =>
              mrkdwn`${one.instance}${one.isPrevious ? ' before its restart' : ''}: ${code(line, 240)}`,
          ),
      )
}
