import type { CommandNames } from '../parts.ts'
import { assess } from './assess.ts'
import type { Command } from './command.ts'
import { automation } from './automation.ts'
import { correct } from './correct.ts'
import { help } from './help.ts'
import { history } from './history.ts'
import { note } from './note.ts'
import { policy } from './policy.ts'
import { postmortem } from './postmortem.ts'
import { promote, promoteStatus } from './promote.ts'
import { rollback } from './rollback.ts'
import { severity } from './severity.ts'
import { since } from './since.ts'
import { status } from './status.ts'
import type { Word } from './words.ts'

/** A slash command as it stands in `manifest.yml`. */
export interface SlashCommand {
  readonly name: string
  readonly description: string
  readonly usageHint: string
  readonly subcommands: readonly Command[]
}

/** Every slash command, under the names that are configured here. */
export const slashCommands = (names: CommandNames): readonly SlashCommand[] => [
  {
    name: names.rollback,
    description: 'Take a service back to a version that works',
    usageHint:
      '[service] [--to …] [--reason …] [--dry-run] | status | history | note | correct | severity | since | postmortem | automation | policy | help',
    subcommands: [
      rollback,
      status,
      history,
      note,
      correct,
      severity,
      since,
      postmortem,
      automation,
      policy,
      help(slashCommands),
    ],
  },
  {
    name: names.assess,
    description: 'Say how bad it is and what to do',
    usageHint: '<service> [--canary] [--why]',
    subcommands: [assess],
  },
  {
    name: names.promote,
    description: 'Move a canary forward through its gates',
    usageHint: '<service> [--to 50|full] [--dry-run] | status | help',
    subcommands: [promote, promoteStatus, help(slashCommands)],
  },
]

/** The subcommand that the first word names, with the words behind it; else the one without a name. */
export function commandFor(
  { subcommands }: SlashCommand,
  words: readonly Word[],
): { readonly command: Command; readonly words: readonly Word[] } | undefined {
  const [first, ...rest] = words
  const named = subcommands.find(({ name }) => name !== '' && name === first?.text)
  if (named) return { command: named, words: rest }
  const unnamed = subcommands.find(({ name }) => name === '')
  return unnamed && { command: unnamed, words }
}
