import { z } from 'zod'
import type { Severity } from '#domain/incident/severity.ts'
import { fromDate, type Instant, instant } from '#domain/time.ts'

/** The most that is kept of anybody's words; whoever shows them cuts and escapes them again. */
const longest = { name: 120, summary: 500, label: 200, fingerprint: 200 } as const
/** Labels of one alert. */
const mostLabels = 60

/** Somebody's words on one line: no control characters, nothing that shows nothing or turns the reading direction. */
export const line = (text: string, most: keyof typeof longest): string =>
  text
    .slice(0, longest[most] * 4)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
    .slice(0, longest[most])
    .toWellFormed()

/** Labels as text. What is no text, number or truth value is left out. */
export function labelsOf(
  from: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(from ?? {})
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .slice(0, mostLabels)
      .map(([name, value]) => [line(name, 'label'), line(String(value), 'label')]),
  )
}

/** `env:production` as a label; a tag without a value is a label that says so. */
export const tagsOf = (tags: readonly string[]): Readonly<Record<string, string>> =>
  labelsOf(
    Object.fromEntries(
      tags.slice(0, mostLabels).map((tag) => {
        const at = tag.indexOf(':')
        return at <= 0 ? [tag, 'true'] : [tag.slice(0, at), tag.slice(at + 1)]
      }),
    ),
  )

const words: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  page: 'critical',
  emergency: 'critical',
  p0: 'critical',
  p1: 'critical',
  sev1: 'critical',
  high: 'high',
  error: 'high',
  major: 'high',
  p2: 'high',
  sev2: 'high',
  warning: 'medium',
  medium: 'medium',
  minor: 'medium',
  p3: 'medium',
  sev3: 'medium',
  low: 'low',
  info: 'low',
  p4: 'low',
  p5: 'low',
}
/** How bad it is in the words that are usual; `null` for others: then the rule or the service's tier says it. */
export function severityOf(said: string | null | undefined): Severity | null {
  const word = said?.trim().toLowerCase() ?? ''
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null
}

/** Before this nobody had a webhook, and after it no timestamp of ours is exact. */
const sane = { from: Date.UTC(2000), to: Date.UTC(2200) } as const
const isSane = (ms: number): boolean => ms >= sane.from && ms <= sane.to

/** RFC 3339 with up to nine decimals; microseconds are kept. */
export const Time = z
  .string()
  .max(40)
  .transform((text, context): Instant => {
    const ms = Date.parse(text)
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) && isSane(ms)) {
      const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? ''
      const micros = Number(fraction.padEnd(6, '0').slice(3, 6))
      return instant(Number(fromDate(new Date(ms))) + micros)
    }
    context.addIssue({ code: 'custom', message: 'is no time such as 2026-11-21T05:17:28Z' })
    return z.NEVER
  })

/** Epoch milliseconds, as a number or as text; senders that count nanoseconds are understood. */
export const EpochTime = z
  .union([z.number(), z.string().max(30)])
  .transform((said, context): Instant => {
    const count = Number(said)
    const ms = count > 1e16 ? count / 1_000_000 : count
    if (isSane(ms)) return instant(Math.floor(ms) * 1_000)
    context.addIssue({ code: 'custom', message: 'is no time in milliseconds' })
    return z.NEVER
  })

/** Whether a rollback is wanted, and why (policy §4: the annotation, with a reason). */
export function rollbackWish(
  notes: Readonly<Record<string, unknown>> | undefined,
  summary: string,
): string | null {
  const said = notes?.['rollback']
  if (said !== true && said !== 'true') return null
  const reason = notes?.['rollback_reason'] ?? notes?.['reason']
  const text = typeof reason === 'string' ? line(reason, 'summary') : ''
  return text === '' ? summary : text
}
