import type { Answer } from '#domain/communication/answer.ts'
import { answered, whoActs } from './answered.ts'
import { type Command, exit, type Terminal } from './command.ts'
import type { Desk } from './desk.ts'
import { deskFlags, deskOptions, deskUsage, takeFlags } from './own-flags.ts'
import { rollBackOnJournal } from './without-database.ts'
import type { RollbackId } from '#domain/ids.ts'

const ownFlags = {
  ...deskFlags,
  'without-database': 'alone',
  'second-kubeconfig': 'value',
  'second-context': 'value',
  'break-glass': 'value',
} as const

export const rollback: Command = {
  name: 'rollback',
  usage: `<service …> [--to <revision|tag|digest>] [--reason …] [--severity …] [--since …] [--at …] [--combined] [--dry-run] [--without-database [--break-glass …] [--second-kubeconfig theirs] [--second-context name]] ${deskUsage}`,
  help: 'Propose to roll a service back, or several one after the other under one approval, as /rollback does; works while Slack is away. Shows the plan and who may decide. --without-database: two people decide and carry it out on a journal, when PostgreSQL is away.',
  example: 'rollback checkout --reason "errors after deploy"',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, ownFlags)
    const options = deskOptions(flags, 'identity')
    if (flags['without-database'] !== undefined) {
      const { 'second-kubeconfig': kubeconfig, 'second-context': context } = flags
      const second = {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
      }
      await using alone = await terminal.openDesk({ ...options, journal: { kind: 'new', second } })
      return await rollBackOnJournal(alone, terminal, rest, flags['break-glass'])
    }
    await using desk = await terminal.openDesk(options)
    const { person } = whoActs(desk)
    const asked = await desk.read(rest, person)
    if (asked.kind === 'answer') return await answered(desk, terminal, asked.answer)
    const answer = await askedFor(desk, asked)
    const code = await answered(desk, terminal, answer)
    if (answer.kind === 'requested' || answer.kind === 'requested_together')
      await showPlan(desk, terminal, answer.rollback)
    if (answer.kind === 'already_under_way') await showPlan(desk, terminal, answer.rollback)
    return code
  },
}

type Asked = Exclude<Awaited<ReturnType<Desk['read']>>, { kind: 'answer' }>

function askedFor({ workflows, delivery }: Desk, asked: Asked): Promise<Answer> {
  if (asked.kind === 'changed') return workflows.changedSince(asked)
  if (asked.kind === 'together')
    return asked.dryRun
      ? workflows.previewTogether(asked.request)
      : workflows.requestTogether(asked.request, delivery())
  return asked.dryRun
    ? workflows.previewRollback(asked.request)
    : workflows.requestRollback(asked.request, delivery())
}

/** The card, and what can be typed now. */
async function showPlan(desk: Desk, terminal: Terminal, id: RollbackId): Promise<number> {
  const shown = await desk.show(id)
  if (!shown) return exit.found
  terminal.out(`\n${shown.card}`)
  if (shown.rollback.phase !== 'awaiting_approval')
    terminal.out(`\nto follow it  countermand watch ${id}`)
  else
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
