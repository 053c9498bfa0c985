import { count } from '#domain/communication/words.ts'
import { type Command, exit, type Terminal } from './command.ts'
import { deskFlags, only, takeFlags } from './own-flags.ts'
import { resumeJournal } from './without-database.ts'

const ownFlags = { config: deskFlags.config } as const

export const journalImport: Command = {
  name: 'journal import',
  usage: '<file> [--config file]',
  help: 'Add what was decided without the database to the record, once; a server does so within a minute for its own machine.',
  example: 'journal import .countermand/journals/20261121T030205Z-4f1c22.jsonl',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, ownFlags)
    const path = only(rest, 'Name one journal')
    return said(terminal, await terminal.importJournal(path, flags.config))
  },
}

function said(
  terminal: Terminal,
  imported: Awaited<ReturnType<Terminal['importJournal']>>,
): number {
  const { incident } = imported
  if ('unsealed' in imported && imported.unsealed !== undefined) {
    terminal.err(
      `The record has it as ${incident} and goes on with it, but it could not be marked as added (${imported.unsealed}). Do not resume it. Make room on its disk, or mend what was named, then import it again.`,
    )
    return exit.found
  }
  switch (imported.kind) {
    case 'imported':
      terminal.out(
        `${count(imported.entries, 'event')} added to the record as ${incident}, with their own times; to be reviewed.`,
      )
      return exit.fine
    case 'already':
      terminal.out(`The record has it already, as ${incident}. Nothing was added.`)
      return exit.fine
    case 'differs':
      terminal.err(
        `The record has ${incident}, from another state of this journal. Nothing was added; compare them: countermand timeline export ${incident}`,
      )
      return exit.found
    case 'taken':
      terminal.err(
        `It is not finished, and ${imported.other.rollback} in ${imported.other.incident} has the workload. Finish or cancel that one, then import again. Nothing was added.`,
      )
      return exit.found
  }
}

export const journalResume: Command = {
  name: 'journal resume',
  usage: '<file> [--config file]',
  help: 'Go on with a rollback that was begun without the database, after the process or the machine died.',
  example: 'journal resume .countermand/journals/20261121T030205Z-4f1c22.jsonl',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, ownFlags)
    const file = only(rest, 'Name one journal')
    await using desk = await terminal.openDesk({
      ...(flags.config === undefined ? {} : { config: flags.config }),
      journal: { kind: 'resume', file },
    })
    const [service] = await desk.busy()
    const rollback = service && (await desk.rollbackNamed(service))
    if (!rollback) {
      terminal.err('The journal holds no rollback that goes on.')
      return exit.found
    }
    return await resumeJournal(desk, terminal, rollback)
  },
}
