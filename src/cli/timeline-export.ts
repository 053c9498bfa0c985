import { parseArgs } from 'node:util'
import { incidentId } from '#domain/ids.ts'
import { nearest } from '#domain/nearest.ts'
import { list } from '#domain/communication/words.ts'
import { type Command, exit, Misused } from './command.ts'

export const timelineExport: Command = {
  name: 'timeline export',
  usage: '<incident> [--format md|json]',
  help: 'Write the timeline of an incident to standard output.',
  example: 'timeline export inc-20261121-checkout-7f3 --format json',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: 'string', default: 'md' } },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0) throw new Misused('Name one incident')
    const { format } = values
    if (format !== 'md' && format !== 'json') throw new Misused('--format takes md or json')

    await using archive = await terminal.openArchive()
    const text = await archive.export(incidentId(name), format)
    if (text === undefined) {
      const incidents = await archive.incidents()
      const near = nearest(incidents, name)
      const offered = near.length > 0 ? near : incidents.slice(0, 5)
      terminal.err(
        `There is no incident ${name}.${offered.length > 0 ? ` There is ${list(offered)}.` : ' None has been recorded yet.'}`,
      )
      return exit.found
    }
    terminal.out(text.trimEnd())
    return exit.fine
  },
}
