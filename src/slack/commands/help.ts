import { help as helpView } from '../views/index.ts'
import type { CommandNames } from '../parts.ts'
import type { Command } from './command.ts'
import type { SlashCommand } from './index.ts'

export function help(commands: (names: CommandNames) => readonly SlashCommand[]): Command {
  return {
    name: 'help',
    usage: '',
    help: 'Show what I can do',
    answers: 'anybody',
    run: async (edge) =>
      helpView(
        commands(edge.slack.commands).flatMap(({ name, subcommands }) =>
          subcommands.map(({ name: sub, usage, help: text, examples }) => ({
            command: [name, sub].filter(Boolean).join(' '),
            usage,
            help: text,
            ...(examples ? { examples: examples.map((words) => `${name} ${words}`) } : {}),
          })),
        ),
      ),
  }
}
