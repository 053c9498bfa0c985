import { readFileSync } from 'node:fs'

export type Variables = Readonly<Record<string, string | undefined>>

/** Reads variables and remembers everything that is wrong with them; values never stand in a problem. */
export class Environment {
  readonly problems: string[] = []
  readonly #variables: Variables

  constructor(variables: Variables) {
    this.#variables = variables
  }

  /** Empty counts as absent. */
  text(name: string): string | undefined {
    const value = this.#variables[name]?.trim()
    return value === '' ? undefined : value
  }

  has(name: string): boolean {
    return this.text(name) !== undefined || this.text(`${name}_FILE`) !== undefined
  }

  /** A secret stands in the variable itself or in the file that `<name>_FILE` names. */
  secret(name: string): string | undefined {
    const value = this.text(name)
    const path = this.text(`${name}_FILE`)
    if (value !== undefined && path !== undefined)
      this.problems.push(`Both ${name} and ${name}_FILE are set: keep one of them.`)
    if (value !== undefined || path === undefined) return value
    try {
      const read = readFileSync(path, 'utf8').trim()
      if (read === '')
        this.problems.push(`${name}_FILE names an empty file: put the secret into it.`)
      return read === '' ? undefined : read
    } catch (error) {
      this.problems.push(`${name}_FILE names a file that cannot be read (${codeOf(error)}).`)
      return undefined
    }
  }

  /** Every secret whose name looks so, by what stands in the place of the star: `PAGER_*_KEY`. */
  secrets(pattern: string): ReadonlyMap<string, string> {
    return new Map(
      this.named(pattern).flatMap((name) => {
        const value = this.secret(pattern.replace('*', name))
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }

  /** What stands in the place of the star, for every secret that is named so. */
  named(pattern: string): readonly string[] {
    const [before = '', after = ''] = pattern.split('*')
    const names = Object.keys(this.#variables).flatMap((variable) => {
      const name = variable.replace(/_FILE$/, '')
      const isNamed = name.length > before.length + after.length
      return isNamed && name.startsWith(before) && name.endsWith(after)
        ? [name.slice(before.length, -after.length)]
        : []
    })
    return [...new Set(names)]
  }

  port(name: string, usual: number): number {
    const value = this.text(name)
    if (value === undefined) return usual
    const port = Number(value)
    if (/^\d{1,5}$/.test(value) && port <= 65_535) return port
    this.problems.push(`${name} must be a port between 0 and 65535.`)
    return usual
  }
}

/** The system's own word for it, such as ENOENT; never the message, which repeats paths. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
