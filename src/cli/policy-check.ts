import { parseArgs } from 'node:util'
import { count } from '#domain/communication/words.ts'
import { type Command, exit, Misused } from './command.ts'
import { fileOf } from './config-file.ts'

export const policyCheck: Command = {
  name: 'policy check',
  usage: '[file]',
  help: 'Check a configuration file and list every problem with its line.',
  example: 'policy check countermand.yaml',
  run: async (args, terminal) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
    if (positionals.length > 1) throw new Misused('Name one file')
    const { content, problems } = fileOf(terminal, positionals[0])
    if (!content) {
      terminal.err([...problems, '', `${count(problems.length, 'problem')}.`].join('\n'))
      return exit.found
    }
    const { catalogue, clusters, policy } = content
    terminal.out(
      `The file is fine: ${count(catalogue.size, 'service')}, ${count(clusters.size, 'cluster')}, policy ${policy.hash.slice(0, 12)}.`,
    )
    return exit.fine
  },
}
