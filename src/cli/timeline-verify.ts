import { parseArgs } from 'node:util'
import { count } from '#domain/communication/words.ts'
import { incidentId } from '#domain/ids.ts'
import { type Command, exit, Misused } from './command.ts'
import { sandboxRecord } from './sandbox-record.ts'

export const timelineVerify: Command = {
  name: 'timeline verify',
  usage: '[incident]',
  help: 'Check that no row of the record was altered, removed, swapped or cut off; all incidents when none is named.',
  example: 'timeline verify',
  run: async (args, terminal) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
    const [name, ...rest] = positionals
    if (rest.length > 0) throw new Misused('Name one incident, or none for all')

    await using archive = await terminal.openArchive()
    const { incidents, events, broken } = await archive.verify(
      name === undefined ? undefined : incidentId(name),
    )
    if (name !== undefined && incidents === 0) {
      terminal.err(`There is no incident ${name}.${sandboxRecord(terminal)}`)
      return exit.found
    }
    for (const line of broken) terminal.err(line)
    const amount = `${count(incidents, 'incident')}, ${count(events, 'event')}`
    if (broken.length > 0) terminal.err(`The record does not hold (${amount}).`)
    else
      terminal.out(`The record holds: ${amount}.${incidents === 0 ? sandboxRecord(terminal) : ''}`)
    return broken.length > 0 ? exit.found : exit.fine
  },
}
