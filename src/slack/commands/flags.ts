import { nearest } from '#domain/nearest.ts'
import type { Word } from './words.ts'

/** `word`: exactly one. `words`: everything up to the next flag. `none`: it stands alone. */
export type Takes = 'none' | 'word' | 'words'
export type Flags = Readonly<Record<string, Takes>>

export interface Sorted<Spec extends Flags> {
  readonly positional: readonly string[]
  readonly flags: { readonly [Name in keyof Spec]?: string }
  /** One sentence each; empty when everything was understood. */
  readonly problems: readonly string[]
}

/** Sorts words into flags and the rest. What is not understood is said, never skipped. */
export function sortWords<Spec extends Flags>(words: readonly Word[], spec: Spec): Sorted<Spec> {
  const positional: string[] = []
  const problems: string[] = []
  const found = new Map<keyof Spec, string>()
  const queue = [...words]

  for (let word = queue.shift(); word; word = queue.shift()) {
    if (!looksLikeFlag(word)) {
      positional.push(word.text)
      continue
    }
    const [, dashes = '', name = '', given] = /^(-{1,2})([^=]*)(?:=([^]*))?$/u.exec(word.text) ?? []
    if (dashes.length < 2 || !isOneOf(name, spec)) {
      problems.push(unknownFlag(`${dashes}${name}`, spec))
      continue
    }
    if (found.has(name)) problems.push(`--${name} is given twice: once is enough.`)
    const value = given ?? valueFrom(queue, spec[name] ?? 'none')
    if (value === undefined || (spec[name] !== 'none' && value.trim() === ''))
      problems.push(`--${name} needs a value after it.`)
    else if (spec[name] === 'none' && given !== undefined)
      problems.push(`--${name} takes no value.`)
    else found.set(name, value)
  }
  const flags = Object.fromEntries(found) as Sorted<Spec>['flags']
  return { positional, flags, problems }
}

function valueFrom(queue: Word[], takes: Takes): string | undefined {
  if (takes === 'none') return ''
  const end = queue.findIndex(looksLikeFlag)
  const most = takes === 'word' ? 1 : queue.length
  const found = queue.splice(0, Math.min(most, end < 0 ? queue.length : end))
  return found.length === 0 ? undefined : found.map(({ text }) => text).join(' ')
}

/** A dash alone, or before a figure, is part of a sentence. */
const looksLikeFlag = ({ text, quoted }: Word): boolean => !quoted && /^-{1,2}[^\d\s-]/u.test(text)

const isOneOf = <Spec extends Flags>(name: string, spec: Spec): name is keyof Spec & string =>
  Object.hasOwn(spec, name)

function unknownFlag(typed: string, spec: Flags): string {
  const [close] = nearest(Object.keys(spec), typed.replace(/^-+/, ''))
  const hint =
    close === undefined
      ? `there are ${Object.keys(spec)
          .map((name) => `--${name}`)
          .join(', ')}`
      : `did you mean --${close}?`
  return `There is no ${typed.slice(0, 40)}: ${hint}`
}
