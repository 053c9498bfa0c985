import type { Part } from '#cli/command.ts'
import type { ConfigFileContent } from '#config/file.ts'
import { pagerVariable } from '#config/pagers.ts'
import { list } from '#domain/communication/words.ts'
import type { Finding } from '#ports/finding.ts'
import type { Told } from '../config.ts'
import { pagersOf } from '../outside.ts'

/** Whether people can be called outside of Slack. Calls nobody. */
export function pagersPart(
  { pagerKeys }: Pick<Told, 'pagerKeys'>,
  { pagers, catalogue }: Pick<ConfigFileContent, 'pagers' | 'catalogue'>,
): Part {
  return {
    about: 'Pagers',
    async look(signal) {
      const reached = [...pagersOf({ pagers, pagerKeys }).values()]
      return [
        ...(await Promise.all(reached.map((pager) => pager.examine(signal)))),
        ...unused(),
        ...unpaged(),
      ]
    },
  }

  /** A key that belongs to nothing is a misspelt one, or a secret that should not lie about. */
  function unused(): readonly Finding[] {
    return [...pagerKeys.keys()]
      .filter((name) => !pagers.has(name))
      .map((name) => ({
        result: 'note',
        text: `${pagerVariable(name)} is set, and no pager ${name} stands under pagers`,
        remedy: 'name it there, or take the key away',
      }))
  }

  function unpaged(): readonly Finding[] {
    // A choice, and a good one where somebody else pages.
    if (pagers.size === 0)
      return [{ result: 'fine', text: 'none is configured: people are called in Slack alone' }]
    const without = [...catalogue.values()].filter(({ pager }) => pager === undefined)
    if (without.length === 0) return []
    const shown = without.slice(0, 5).map(({ id }) => id)
    const more = without.length - shown.length
    return [
      {
        result: 'note',
        text: `nobody is paged for ${list(more > 0 ? [...shown, `${more} more`] : shown)}: they are called in Slack alone`,
        remedy: 'give each service whose people are to be called at night its pager',
      },
    ]
  }
}
