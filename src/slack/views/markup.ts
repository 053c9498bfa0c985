import { machineName } from '#domain/alerts/alert.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Link } from '#domain/service.ts'
import { beginning, clip, visible, visibleLines } from './text.ts'

declare const brand: unique symbol
/** Slack mrkdwn that is safe to send as it stands. Made only here: everything else is text and gets escaped. */
export interface Markup {
  readonly markup: string
  readonly [brand]: true
}

/** What an unescaped text may be cut to before it goes into a message. */
const longest = 300

/** `mrkdwn\`hello ${name}\`` escapes every part that is not markup itself. */
export function mrkdwn(
  strings: TemplateStringsArray,
  ...parts: readonly (Markup | string | number)[]
): Markup {
  return made(
    strings
      .map((text, index) => text + (index < parts.length ? escaped(parts[index]) : ''))
      .join(''),
  )
}

export const isNothing = ({ markup }: Markup): boolean => markup === ''

/** Joins what is there and leaves out what is not. */
export function joined(parts: readonly (Markup | undefined)[], separator: string): Markup {
  return made(
    parts
      .filter((part) => part !== undefined)
      .filter((part) => !isNothing(part))
      .map(({ markup }) => markup)
      .join(separator),
  )
}
export const lines = (...parts: readonly (Markup | undefined)[]): Markup => joined(parts, '\n')
export const dotted = (...parts: readonly (Markup | undefined)[]): Markup => joined(parts, ' · ')

/** Bold; Slack wants the asterisks to touch the words. */
export const bold = (text: string): Markup => made(`*${escaped(text.trim()) || '–'}*`)
/** In a code span: exact characters, no formatting. A backtick would end the span, so it becomes its look-alike. */
export const code = (text: string, length = longest): Markup =>
  made(`\`${entities(clip(shown(text, length), length)).replaceAll('`', 'ˋ') || '–'}\``)
/** What somebody said, in quotation marks. */
export const quoted = (text: string, length = longest): Markup =>
  made(`“${escapedLine(clip(shown(text, length), length))}”`)
/** A text of several lines, as somebody wrote it and as it will be sent. */
export const paragraphs = (text: string, length = 2_800): Markup =>
  made(
    clip(visibleLines(beginning(text, length)), length)
      .split('\n')
      .map((line) => escapedLine(line))
      .join('\n'),
  )

const slackUser = /^[UW][A-Z0-9]{2,20}$/
const slackChannel = /^[CG][A-Z0-9]{2,20}$/

/** Mentions somebody by id: names are never trusted (T042). An id that is none is shown as text. */
export function person(id: PersonId | 'countermand'): Markup {
  if (id === 'countermand') return made('Countermand')
  const machine = machineName(id)
  if (machine !== undefined) return mrkdwn`${machine}`
  const user = id.split(':').at(-1) ?? ''
  return slackUser.test(user) ? made(`<@${user}>`) : mrkdwn`${id}`
}
export const channel = (id: string): Markup =>
  slackChannel.test(id) ? made(`<#${id}>`) : mrkdwn`${id}`

/** A link from the configuration; only http and https, never with credentials in it. Anything else is shown as its title. */
export function link({ title, url }: Link): Markup {
  const parsed = URL.parse(url)
  const label = escaped(title).replaceAll('|', '¦')
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) return made(label)
  if (parsed.username !== '' || parsed.password !== '') return made(label)
  return made(`<${entities(parsed.href).replaceAll('|', '%7C')}|${label}>`)
}

const shown = (text: string, length: number): string => visible(beginning(text, length)).trim()

function made(markup: string): Markup {
  return { markup } as Markup
}

function escaped(part: Markup | string | number | undefined): string {
  if (part === undefined) return ''
  if (typeof part === 'object') return part.markup
  return escapedLine(clip(visible(beginning(String(part), longest)), longest))
}

/** U+2060, the word joiner: shows nothing, but what it stands in is no link, no name and no emoji any more. */
const joiner = '\u2060'

function escapedLine(text: string): string {
  return entities(
    text
      .replace(/^>+/u, (found) => '›'.repeat(found.length))
      .replaceAll('`', 'ˋ')
      .replaceAll('*', '∗')
      .replaceAll('~', '∼')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
      .replace(/:(?=\/\/)|\b(?:mailto|tel):/giu, (found) => found + joiner)
      .replace(/\bwww\./giu, (found) => found + joiner)
      .replace(/(?<![\p{L}\p{N}])[@#](?=[\p{L}\p{N}])/gu, (found) => found + joiner)
      .replace(/(?<![0-9]):(?=[a-z0-9_+'-]+:)/giu, (found) => found + joiner),
  )
}

const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
