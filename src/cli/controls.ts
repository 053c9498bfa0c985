import type { Answer } from '#domain/communication/answer.ts'
import type { Click } from '#workflows/click.ts'
import { isPinTime, type PinTime, pinTimes } from '#domain/rollback/pin.ts'
import type { Workflows } from '#workflows/workflows.ts'
import { answered, whoActs } from './answered.ts'
import { type Command, Misused } from './command.ts'
import { deskFlags, deskOptions, deskUsage, only, takeFlags } from './own-flags.ts'
import { watch } from './watch.ts'

interface Control {
  readonly name: string
  readonly help: string
  readonly needsReason: boolean
  /** Something is carried out then, and can be watched. */
  readonly isWork: boolean
  /** It holds for a time, which may be said. */
  readonly isTimed?: true
  decide(
    workflows: Workflows,
    click: Click & { readonly reason: string; readonly time: PinTime },
  ): Promise<Answer>
}

const rows: readonly Control[] = [
  {
    name: 'reject',
    help: 'Reject a proposed rollback; needs the level of this minute.',
    needsReason: false,
    isWork: false,
    decide: (workflows, click) => workflows.reject(click),
  },
  {
    name: 'cancel',
    help: 'Cancel a rollback before it begins: who asked for it, or the level of this minute.',
    needsReason: false,
    isWork: false,
    decide: (workflows, click) => workflows.cancel(click),
  },
  {
    name: 'undo',
    help: 'Take a rollback back; needs at least the level that approved it.',
    needsReason: true,
    isWork: true,
    decide: (workflows, click) => workflows.undo(click),
  },
  {
    name: 'collapse',
    help: 'Do the rest of a running rollback at once; needs the level of this minute.',
    needsReason: true,
    isWork: true,
    decide: (workflows, click) => workflows.collapse(click),
  },
  {
    name: 'keep-waiting',
    help: 'Give a rollback that stopped at a step more time, or make the step once more where what it began is over; needs the level of this minute.',
    needsReason: false,
    isWork: true,
    decide: (workflows, click) => workflows.keepWaiting(click),
  },
  {
    name: 'next-way',
    help: 'Leave a rollback that failed or has spent its budget where it stands, and plan the next way that the service has; needs the level of this minute, and the plan is approved anew.',
    needsReason: false,
    isWork: false,
    decide: (workflows, click) => workflows.nextWay(click),
  },
  {
    name: 'lift-hold',
    help: 'Let the version that was rolled back be deployed again.',
    needsReason: true,
    isWork: false,
    decide: (workflows, click) => workflows.liftHold(click),
  },
  {
    name: 'keep-former',
    help: 'Have what a rollback left behind, such as the pods of the other colour, stay as it is: who asked for it, or any role of the service.',
    needsReason: false,
    isWork: false,
    decide: (workflows, click) => workflows.keepFormer(click),
  },
  {
    name: 'resume-sync',
    help: 'Let Argo CD or Flux, paused for a rollback, bring what Git has again; needs at least the level that approved it.',
    needsReason: true,
    isWork: false,
    decide: (workflows, click) => workflows.resumeSync(click),
  },
  {
    name: 'lift-freeze',
    help: 'Open deploys of the service again.',
    needsReason: true,
    isWork: false,
    decide: (workflows, click) => workflows.liftFreeze(click),
  },
  {
    name: 'widen-freeze',
    help: 'Freeze deploys of every other service of the same owner, too; needs the authority over each.',
    needsReason: true,
    isWork: false,
    decide: (workflows, click) => workflows.widenFreeze(click),
  },
  {
    name: 'pin',
    help: `Have what a rollback brought stay: deploys of the service are refused for so long (${pinTimes.join(', ')}; a day where nothing is said), then open by themselves. Needs at least the level that approved it.`,
    needsReason: true,
    isTimed: true,
    isWork: false,
    decide: (workflows, click) => workflows.pin(click),
  },
  {
    name: 'review',
    help: 'Say that a broken glass was looked at; the reason is the note. Somebody else than who broke it.',
    needsReason: true,
    isWork: false,
    decide: (workflows, { reason, ...click }) =>
      workflows.reviewBreakGlass({ ...click, note: reason }),
  },
]

/** The buttons of the card beside Approve, as commands. */
export const controls: readonly Command[] = rows.map((control) => {
  const { name, help, needsReason, isWork, isTimed = false } = control
  const reason = needsReason ? '--reason …' : '[--reason …]'
  return {
    name,
    usage: `<rollback|service> ${reason}${isTimed ? ` [--for ${pinTimes.join('|')}]` : ''}${isWork ? ' [--no-wait]' : ''} ${deskUsage}`,
    help,
    example: `${name} checkout${needsReason ? ' --reason "the version was not the cause"' : ''}`,
    run: async (args, terminal) => {
      const { flags, rest } = takeFlags(args, {
        ...deskFlags,
        reason: 'value',
        for: 'value',
        'no-wait': 'alone',
      })
      const typed = only(rest, 'Name one rollback, or the service whose rollback it is')
      if (needsReason && flags.reason === undefined)
        throw new Misused('Say why with --reason: it goes on the timeline')
      const time = flags.for ?? '1d'
      if (!isPinTime(time) || (flags.for !== undefined && !isTimed))
        throw new Misused(
          isTimed ? `--for takes one of ${pinTimes.join(', ')}` : '--for belongs to pin',
        )
      await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
      const { person } = whoActs(desk)
      const id = await desk.rollbackNamed(typed)
      if (!id)
        return await answered(desk, terminal, {
          kind: 'nothing_found',
          what: `a rollback ${typed}`,
        })
      const delivery = desk.delivery()
      const answer = await control.decide(desk.workflows, {
        by: person,
        rollback: id,
        delivery,
        reason: flags.reason ?? '',
        time,
      })
      const code = await answered(desk, terminal, answer)
      if (answer.kind !== 'decided' || !isWork || flags['no-wait'] !== undefined) return code
      return await watch(desk, terminal, id, delivery)
    },
  }
})
