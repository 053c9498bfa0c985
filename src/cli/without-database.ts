import type { PlanDigest, RollbackId } from '#domain/ids.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import { answered } from './answered.ts'
import { exit, type Terminal } from './command.ts'
import type { Desk, Shown, Sitting } from './desk.ts'
import { watch } from './watch.ts'

/** Two people propose, approve and carry out a rollback on a journal, one after the other at one terminal. */
export async function rollBackOnJournal(
  desk: Desk,
  terminal: Terminal,
  words: readonly string[],
  breakGlass: string | undefined,
): Promise<number> {
  const [first] = desk.sitting
  if (!first) throw new Error('Nobody sits here')
  terminal.err(desk.warnings.join('\n'))
  const asked = await desk.read(words, first.person)
  if (asked.kind === 'answer') return answered(desk, terminal, asked.answer)
  if (asked.kind !== 'request')
    return answered(desk, terminal, {
      kind: 'not_written',
      why: 'Without the database one service is rolled back at a time: ask for each on its own.',
    })
  const request = { ...asked.request, offline: true } as const
  if (asked.dryRun) return answered(desk, terminal, await desk.workflows.previewRollback(request))
  const answer = await desk.workflows.requestRollback(request, desk.delivery())
  if (answer.kind !== 'requested') return answered(desk, terminal, answer)
  const shown = await desk.show(answer.rollback)
  if (!shown?.digest) throw new Error('The journal does not have the plan')
  terminal.out(`${shown.card}\n`)

  for (const person of desk.sitting) {
    const refused = await approvedBy(
      desk,
      terminal,
      person,
      { ...shown, digest: shown.digest },
      breakGlass,
    )
    if (refused === undefined) continue
    await desk.workflows.cancel({
      by: first.person,
      rollback: answer.rollback,
      delivery: desk.delivery(),
    })
    terminal.err(`${refused}\nNothing was changed; the request is cancelled.`)
    return exit.found
  }
  return watch(desk, terminal, answer.rollback)
}

/** Goes on with what a process that died had begun. */
export async function resumeJournal(
  desk: Desk,
  terminal: Terminal,
  rollback: RollbackId,
): Promise<number> {
  terminal.err(desk.warnings.join('\n'))
  return watch(desk, terminal, rollback)
}

/** `undefined` when it counts; else what the person is told. */
async function approvedBy(
  desk: Desk,
  terminal: Terminal,
  { person, name }: Sitting,
  { rollback, digest }: Shown & { readonly digest: PlanDigest },
  breakGlass: string | undefined,
): Promise<string | undefined> {
  const acknowledged = rollback.plan?.warnings.some(isSoftBlocker)
    ? await terminal.ask(
        `${name}: something speaks against it (see “Watch out”). Write why you accept that: `,
      )
    : undefined
  const typed = await terminal.ask(
    `${name}: to approve, type the name of the service (${rollback.service}): `,
  )
  if (typed === undefined)
    return 'Nobody is here to be asked: without the database both people must be at a terminal.'
  if (typed.trim() !== rollback.service) return 'That is not its name.'
  const answer = await desk.workflows.approve({
    by: person,
    rollback: rollback.id,
    delivery: desk.delivery(),
    digest,
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(breakGlass === undefined ? {} : { breakGlass }),
  })
  const text = await desk.say(answer)
  if (answer.kind !== 'decided' && answer.kind !== 'counted') return text
  terminal.out(answer.kind === 'counted' ? `${name} approved. The second person must agree.` : text)
  return undefined
}
