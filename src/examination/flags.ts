import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { flagVariable } from '#config/flags.ts'
import { list } from '#domain/communication/words.ts'
import type { Finding } from '#ports/finding.ts'
import type { Told } from '../config.ts'

/** Providers of feature flags. Whether a flag is there, and off would be off, is said with its service. */
export function flagsPart(
  { flagTokens }: Pick<Told, 'flagTokens'>,
  { flags, catalogue }: Pick<ConfigFileContent, 'flags' | 'catalogue'>,
): Part {
  return {
    about: 'Feature flags',
    look: async () => {
      const findings = [...unused(), ...idle()]
      if (findings.length > 0) return findings
      return [
        flags.size === 0
          ? { result: 'fine', text: 'none is configured: no rollback switches one off' }
          : {
              result: 'fine',
              text: `${list([...flags.keys()])} with a token each; whether it may switch a flag shows only when it does`,
            },
      ]
    },
  }

  /** A token that belongs to nothing is a misspelt one, or a secret that should not lie about. */
  function unused(): readonly Finding[] {
    return [...flagTokens.keys()]
      .filter((name) => !flags.has(name))
      .map((name) => ({
        result: 'note',
        text: `${flagVariable(name)} is set, and no provider ${name} stands under flags`,
        remedy: 'name it there, or take the token away',
      }))
  }

  function idle(): readonly Finding[] {
    const places = [...catalogue.values()].flatMap(({ targets, flags: linked = [] }) => [
      ...targets,
      ...linked.map(({ target }) => target),
    ])
    return [...flags.keys()]
      .filter((name) => !places.some(({ workload }) => workload.startsWith(`flag/${name}/`)))
      .map((name) => ({
        result: 'note',
        text: `${name} stands under flags, and no service has a flag there`,
        remedy: 'name the flags of each service, or take the provider away with its token',
      }))
  }
}
