import { answered } from './answered.ts'
import { type Command, exit } from './command.ts'
import { deskFlags, deskOptions, only, takeFlags } from './own-flags.ts'
import { watch } from './watch.ts'

const deskOnly = { config: deskFlags.config } as const

export const status: Command = {
  name: 'status',
  usage: '[service] [--config file]',
  help: 'What is running and what is under way; without a service, everything under way.',
  example: 'status checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskOnly)
    const typed = rest.length === 0 ? undefined : only(rest, 'Name one service, or none for all')
    await using desk = await terminal.openDesk(deskOptions(flags, 'reading'))
    if (typed !== undefined) {
      const service = desk.service(typed)
      return await answered(
        desk,
        terminal,
        typeof service === 'string' ? await desk.workflows.status(service) : service,
      )
    }
    const busy = await desk.busy()
    if (busy.length === 0) terminal.out('Nothing is under way.')
    for (const service of busy) await answered(desk, terminal, await desk.workflows.status(service))
    return exit.fine
  },
}

export const history: Command = {
  name: 'history',
  usage: '<service> [--config file]',
  help: 'The versions a service could go back to, and what is known of each.',
  example: 'history checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskOnly)
    const typed = only(rest, 'Name one service')
    await using desk = await terminal.openDesk(deskOptions(flags, 'reading'))
    const service = desk.service(typed)
    return await answered(
      desk,
      terminal,
      typeof service === 'string' ? await desk.workflows.history(service) : service,
    )
  },
}

export const watching: Command = {
  name: 'watch',
  usage: '<rollback|service> [--config file]',
  help: 'Follow a rollback until it is verified or somebody must decide; carries it on where no server is alive.',
  example: 'watch checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskOnly)
    const typed = only(rest, 'Name one rollback, or the service whose rollback it is')
    await using desk = await terminal.openDesk(deskOptions(flags, 'reading'))
    const id = await desk.rollbackNamed(typed)
    if (!id)
      return await answered(desk, terminal, { kind: 'nothing_found', what: `a rollback ${typed}` })
    return await watch(desk, terminal, id)
  },
}
