/** Explicit directions can make a text read as something else than it is: they are shown by their number. */
const directions = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu
/** Fillers and format characters that take no room: two texts that look alike shall be alike. */
const invisible = /[\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800\u3164\uFFA0]/gu
const whitespace = /[\s\u0085\u2028\u2029]+/gu
const controls = /\p{Cc}/gu
const stacked = /(\p{M}{3})\p{M}+/gu

/** Text of unknown origin on one line, its outer spaces kept, with nothing hidden in it. Lone surrogates and control characters become U+FFFD. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(whitespace, ' ')
    .replace(controls, '\uFFFD')
    .replace(directions, (found) => `[U+${codeOf(found)}]`)
    .replace(invisible, '')
    .replace(stacked, '$1')
}

/** The same, with its line breaks kept: for texts that people wrote over several lines. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r\n|[\n\r]/u)
    .map(visible)
    .join('\n')

/** At most `length` UTF-16 units, cut between characters, and ending in `…` when something was cut. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text
  let end = Math.max(0, length - 1)
  const last = text.codePointAt(end - 1)
  if (last !== undefined && last > 0xffff) end -= 1
  return `${text.slice(0, end).trimEnd()}…`
}

/** Of a very long text only the beginning is looked at: what is hidden can make `length` characters of a longer piece. */
export const beginning = (text: string, length: number): string => text.slice(0, length * 4)

const codeOf = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
