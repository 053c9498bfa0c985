import { answered, whoActs } from './answered.ts'
import { type Command, exit, type Terminal } from './command.ts'
import type { Desk } from './desk.ts'
import { deskFlags, deskOptions, deskUsage, takeFlags } from './own-flags.ts'
import type { RollbackId } from '#domain/ids.ts'

export const rollback: Command = {
  name: 'rollback',
  usage: `<service> [--to <revision|tag|digest>] [--reason …] [--severity …] [--since …] [--at …] [--dry-run] ${deskUsage}`,
  help: 'Propose to roll a service back, as /rollback does; works while Slack is away. Shows the plan and who may decide.',
  example: 'rollback checkout --reason "errors after deploy"',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskFlags)
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    const { person } = whoActs(desk)
    const asked = await desk.read(rest, person)
    if (asked.kind === 'answer') return await answered(desk, terminal, asked.answer)
    const answer = asked.dryRun
      ? await desk.workflows.previewRollback(asked.request)
      : await desk.workflows.requestRollback(asked.request, desk.delivery())
    const code = await answered(desk, terminal, answer)
    if (answer.kind === 'requested') await showPlan(desk, terminal, answer.rollback)
    if (answer.kind === 'already_under_way') await showPlan(desk, terminal, answer.rollback)
    return code
  },
}

/** The card, and what can be typed now. */
async function showPlan(desk: Desk, terminal: Terminal, id: RollbackId): Promise<number> {
  const shown = await desk.show(id)
  if (!shown) return exit.found
  terminal.out(`\n${shown.card}`)
  if (shown.rollback.phase === 'awaiting_approval')
    terminal.out(
      [
        '',
        `to decide   countermand approve ${id}`,
        `            countermand reject ${id} --reason "…"`,
        `in a script countermand approve ${id} --yes --plan ${shown.digest ?? ''}`,
      ].join('\n'),
    )
  return exit.fine
}
