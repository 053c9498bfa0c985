import { shortestReason } from '#domain/authority/decide-approval.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import { planDigest, type PlanDigest } from '#domain/ids.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import { isTogether } from '#domain/rollback/together.ts'
import { answered, whoActs } from './answered.ts'
import { type Command, exit, Misused, type Terminal } from './command.ts'
import type { Shown } from './desk.ts'
import { deskFlags, deskOptions, deskUsage, only, takeFlags } from './own-flags.ts'
import { watch } from './watch.ts'

const ownFlags = {
  ...deskFlags,
  yes: 'alone',
  plan: 'value',
  acknowledge: 'value',
  'break-glass': 'value',
  'no-wait': 'alone',
} as const

export const approve: Command = {
  name: 'approve',
  usage: `<rollback|service> [--yes --plan <digest>] [--acknowledge …] [--break-glass …] [--no-wait] ${deskUsage}`,
  help: 'Approve a rollback: shows the plan, asks for the name of the service, then follows it until it is verified. The authority is that of this minute, as in Slack.',
  example: 'approve checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, ownFlags)
    const typed = only(rest, 'Name one rollback, or the service whose rollback it is')
    if ((flags.yes === undefined) !== (flags.plan === undefined))
      throw new Misused('--yes and --plan go together: they say that you have seen this very plan')
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    const { person } = whoActs(desk)
    const id = await desk.rollbackNamed(typed)
    const shown = id && (await desk.show(id))
    if (!id || !shown)
      return await answered(desk, terminal, { kind: 'nothing_found', what: `a rollback ${typed}` })
    terminal.out(`${shown.card}\n`)

    const consent =
      flags.plan === undefined
        ? await asked(terminal, shown, flags.acknowledge)
        : { digest: planDigest(flags.plan), acknowledged: flags.acknowledge }
    if (typeof consent === 'string') {
      terminal.err(consent)
      return exit.found
    }
    const { digest, acknowledged } = consent
    const delivery = desk.delivery()
    const answer = await desk.workflows.approve({
      by: person,
      rollback: id,
      delivery,
      digest,
      ...(acknowledged === undefined ? {} : { acknowledged }),
      ...(flags['break-glass'] === undefined ? {} : { breakGlass: flags['break-glass'] }),
    })
    const code = await answered(desk, terminal, answer)
    if (answer.kind === 'refused' && ways.includes(answer.refusal.kind))
      terminal.err(
        `Here: they type “countermand approve ${id}”. To break glass, add --break-glass "why it cannot wait".`,
      )
    if (answer.kind !== 'decided' || flags['no-wait'] !== undefined) return code
    return await watch(desk, terminal, id, delivery)
  },
}

/** Refusals that speak of asking somebody, or of breaking glass: there are no buttons here. */
const ways: readonly Refusal['kind'][] = [
  'not_now',
  'role_source_down',
  'second_person_needed',
  'already_counted',
]

type Consent = { readonly digest: PlanDigest; readonly acknowledged: string | undefined }

/** The name of the service is typed, not guessed; what speaks against it is accepted in words. A sentence when it was not. */
async function asked(
  terminal: Terminal,
  { rollback, digest, together }: Shown,
  acknowledge: string | undefined,
): Promise<Consent | string> {
  // Nothing to read, nothing to consent to: the workflow says what is the matter with it.
  if (rollback.phase !== 'awaiting_approval' || digest === undefined)
    return { digest: digest ?? planDigest(''), acknowledged: acknowledge }
  const all = isTogether(rollback) ? together : [rollback]
  const names = all.map(({ service }) => service).join(' ')
  const needsWords = all.some(({ plan }) => plan?.warnings.some(isSoftBlocker) ?? false)
  const acknowledged =
    acknowledge ??
    (needsWords
      ? await terminal.ask(
          `Something speaks against it (see “Watch out”). Write, in ${shortestReason} characters or more, why you accept that: `,
        )
      : undefined)
  const typed = await terminal.ask(
    `To approve, type the name of ${all.length > 1 ? 'each service' : 'the service'} (${names}): `,
  )
  if (typed === undefined)
    return 'Nobody is here to be asked. In a script, say that you have seen the plan: --yes --plan <digest>. Nothing was done.'
  if (typed.trim().split(/\s+/).join(' ') !== names)
    return `That is not ${all.length > 1 ? 'what they are called' : 'its name'}. Nothing was done.`
  return { digest, acknowledged }
}
