import { parseArgs } from 'node:util'
import { incidentId } from '#domain/ids.ts'
import { nearest } from '#domain/nearest.ts'
import { list } from '#domain/communication/words.ts'
import { type Command, exit, exportFormats, Misused } from './command.ts'
import { fileOf } from './config-file.ts'
import { sandboxRecord } from './sandbox-record.ts'

export const timelineExport: Command = {
  name: 'timeline export',
  usage: '<incident> [--format md|json|postmortem]',
  help: 'Write the timeline of an incident or of a promotion, or the draft of a post-mortem, to standard output.',
  example: 'timeline export inc-checkout-7fk3qd --format json',
  run: async (args, terminal) => {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { format: { type: 'string', default: 'md' } },
    })
    const [name, ...rest] = positionals
    if (name === undefined || rest.length > 0) throw new Misused('Name one incident')
    const format = exportFormats.find((one) => one === values.format)
    if (!format) throw new Misused('--format takes md, json or postmortem')

    await using archive = await terminal.openArchive()
    const catalogue = fileOf(terminal, undefined).content?.catalogue
    const text = await archive.export(incidentId(name), format, catalogue)
    if (text === undefined) {
      const incidents = await archive.incidents()
      const near = nearest(incidents, name)
      const offered = near.length > 0 ? near : incidents.slice(0, 5)
      terminal.err(
        `There is no incident ${name}.${offered.length > 0 ? ` There is ${list(offered)}.` : ` None has been recorded yet.${sandboxRecord(terminal)}`}`,
      )
      return exit.found
    }
    terminal.out(text.trimEnd())
    return exit.fine
  },
}
