import { Misused } from './command.ts'
import type { DeskOptions } from './desk.ts'

/** `value`: takes the next word. `alone`: takes none. */
export type OwnFlags = Readonly<Record<string, 'value' | 'alone'>>

export interface Taken<Spec extends OwnFlags> {
  readonly flags: { readonly [Name in keyof Spec]?: string }
  /** Every other word, in its order. */
  readonly rest: readonly string[]
}

/** Takes the terminal's own flags out of the words; what is left is read as Slack reads it. */
export function takeFlags<Spec extends OwnFlags>(args: readonly string[], spec: Spec): Taken<Spec> {
  const found = new Map<string, string>()
  const rest: string[] = []
  const queue = [...args]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, name = '', given] = /^--([a-z-]+)(?:=([^]*))?$/u.exec(word) ?? []
    if (!Object.hasOwn(spec, name)) {
      rest.push(word)
      continue
    }
    if (found.has(name)) throw new Misused(`--${name} is given twice: once is enough`)
    if (spec[name] === 'alone' && given !== undefined) throw new Misused(`--${name} takes no value`)
    const value = spec[name] === 'alone' ? '' : (given ?? queue.shift())
    if (value === undefined || (spec[name] === 'value' && value.trim() === ''))
      throw new Misused(`--${name} needs a value after it`)
    found.set(name, value)
  }
  return { flags: Object.fromEntries(found) as Taken<Spec>['flags'], rest }
}

/** Where the configuration is, and whose credentials a cluster is shown. */
export const deskFlags = {
  config: 'value',
  kubeconfig: 'value',
  context: 'value',
} as const satisfies OwnFlags

export const deskUsage = '[--config file] [--kubeconfig mine] [--context name]'

export function deskOptions(
  { config, kubeconfig, context }: Taken<typeof deskFlags>['flags'],
  needs: 'identity' | 'reading',
): DeskOptions {
  return {
    ...(config === undefined ? {} : { config }),
    ...(needs === 'reading'
      ? {}
      : {
          identity: {
            ...(kubeconfig === undefined ? {} : { kubeconfig }),
            ...(context === undefined ? {} : { context }),
          },
        }),
  }
}

/** The one word that is left. */
export function only(rest: readonly string[], what: string): string {
  const [word, ...more] = rest
  const flag = rest.find((one) => one.startsWith('-'))
  if (flag !== undefined) throw new Misused(`There is no ${flag} here`)
  if (word === undefined || more.length > 0) throw new Misused(what)
  return word
}
