/** A word as it was typed, without its quotation marks. */
export interface Word {
  readonly text: string
  /** Stood in quotation marks: it is a value, whatever it looks like. */
  readonly quoted: boolean
}

const closing: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”',
  '„': '”“',
  '«': '»',
  "'": "'",
  '‘': '’',
}

/** Phones write these instead of `--`, or instead of one dash; only at the start of a word do they mean a flag. */
const phoneDashes = /^(?:[—―⸺]|[–‒−]{1,2}|-[–—])(?=[A-Za-z])/u

/**
 * The words of a command as a person meant them: quotation marks of every keyboard hold words together, dashes of phones are
 * dashes again, Slack's own links and entities are text again. Never throws.
 */
export function wordsOf(typed: string): readonly Word[] {
  const words: Word[] = []
  let rest = typed.trimStart()
  while (rest !== '') {
    const { word, length } = quotedWord(rest) ?? bareWord(rest)
    words.push(word)
    rest = rest.slice(length).trimStart()
  }
  return words
}

interface Taken {
  readonly word: Word
  readonly length: number
}

function quotedWord(text: string): Taken | undefined {
  const closers = closing[text[0] ?? '']
  if (closers === undefined) return undefined
  const end = [...closers]
    .map((closer) => text.indexOf(closer, 1))
    .filter((index) => index > 0)
    .toSorted((a, b) => a - b)[0]
  // An apostrophe within a word, or a mark that is never closed, is just a character.
  if (end === undefined || !/^(?:\s|$)/u.test(text.slice(end + 1))) return undefined
  return { word: { text: plain(text.slice(1, end)), quoted: true }, length: end + 1 }
}

function bareWord(text: string): Taken {
  const flagValue = /^(--[a-z-]+=)(["“„«'‘])/u.exec(text)
  if (flagValue) {
    const name = flagValue[1] ?? ''
    const value = quotedWord(text.slice(name.length))
    if (value)
      return {
        word: { text: name + value.word.text, quoted: false },
        length: name.length + value.length,
      }
  }
  const raw = /^(?:<[^<>\s]*>|\S)+/u.exec(text)?.[0] ?? text
  return {
    word: { text: plain(raw).replace(phoneDashes, '--'), quoted: false },
    length: raw.length,
  }
}

/** Slack turns what looks like an address into `<address|text>` and escapes three characters. */
const plain = (text: string): string =>
  text
    .replace(/<(?:https?:\/\/|mailto:|tel:)[^|<>]*\|([^<>]*)>/gu, '$1')
    .replace(/<((?:https?:\/\/|mailto:|tel:)[^|<>]*)>/gu, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
