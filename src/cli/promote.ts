import type { Answer } from '#domain/communication/answer.ts'
import { planDigest } from '#domain/ids.ts'
import { gateItemNames, isGateItem } from '#domain/promotion/items.ts'
import type { CanaryClick } from '#workflows/promotion/decide-promotion.ts'
import { answered, whoActs } from './answered.ts'
import { type Command, exit, Misused, type Terminal } from './command.ts'
import type { Desk, ShownCanary } from './desk.ts'
import { deskFlags, deskOptions, deskUsage, only, takeFlags } from './own-flags.ts'
import { watchCanary } from './watch-canary.ts'

const deskOnly = { config: deskFlags.config } as const
const oneService = 'Name one service, whose canary it is'

const status: Command = {
  name: 'promote status',
  usage: '<service> [--config file]',
  help: 'Where the canary of a service stands, with every item of its gate; or how the last one ended.',
  example: 'promote status checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskOnly)
    const typed = only(rest, oneService)
    await using desk = await terminal.openDesk(deskOptions(flags, 'reading'))
    const service = desk.service(typed)
    return await answered(
      desk,
      terminal,
      typeof service === 'string' ? await desk.workflows.promotionStatus(service) : service,
    )
  },
}

const approve: Command = {
  name: 'promote approve',
  usage: `<service> [--yes --plan <digest>] [--no-wait] ${deskUsage}`,
  help: 'Let the canary of a service take what its card offers: shows it, asks for the name of the service, then follows it. An on-call engineer or above, and not whoever asked.',
  example: 'promote approve checkout',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, {
      ...deskFlags,
      yes: 'alone',
      plan: 'value',
      'no-wait': 'alone',
    })
    const typed = only(rest, oneService)
    if ((flags.yes === undefined) !== (flags.plan === undefined))
      throw new Misused('--yes and --plan go together: they say that you have seen this very card')
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    return await onCanary(desk, terminal, typed, async (shown, click) => {
      terminal.out(`${shown.card}\n`)
      const { look, service } = shown.promotion
      if (flags.plan === undefined && look?.next) {
        terminal.out(
          `in a script  countermand promote approve ${service} --yes --plan ${look.digest}`,
        )
        const named = await terminal.ask(`To approve, type the name of the service (${service}): `)
        if (named?.trim() !== service) {
          terminal.err('That is not its name. Nothing was done.')
          return exit.found
        }
      }
      const digest = planDigest(flags.plan ?? look?.digest ?? 'none')
      const answer = await desk.workflows.promote({ ...click, digest })
      return followed(desk, terminal, click, answer, flags['no-wait'] === undefined)
    })
  },
}

const away: Command = {
  name: 'promote away',
  usage: `<service> --reason … [--no-wait] ${deskUsage}`,
  help: 'Take the canary of a service away, at any time, also while it moves; then follows it.',
  example: 'promote away checkout --reason "orders fail on the canary"',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, { ...deskFlags, reason: 'value', 'no-wait': 'alone' })
    const typed = only(rest, oneService)
    const { reason } = flags
    if (reason === undefined) throw new Misused('Say why with --reason: it goes on the timeline')
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    return await onCanary(desk, terminal, typed, async (_shown, click) => {
      const answer = await desk.workflows.takeCanaryAway({ ...click, reason })
      return followed(desk, terminal, click, answer, flags['no-wait'] === undefined)
    })
  },
}

const tick: Command = {
  name: 'promote tick',
  usage: `<service> <item> [--not] --reason … ${deskUsage}`,
  help: `Say that an item of the gate holds, or with --not that it does not; the reason is what you looked at. Items: ${gateItemNames.join(', ')}.`,
  example: 'promote tick checkout complaints --reason "the support desk has none"',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, { ...deskFlags, reason: 'value', not: 'alone' })
    const [typed, item = '', ...more] = rest
    const { reason: value } = flags
    if (typed === undefined || more.length > 0 || !isGateItem(item))
      throw new Misused(`Name the service and one item: ${gateItemNames.join(', ')}`)
    if (value === undefined) throw new Misused('Say with --reason what you looked at')
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    return await onCanary(desk, terminal, typed, async (_shown, click) =>
      answered(
        desk,
        terminal,
        await desk.workflows.tickGate({ ...click, item, holds: flags.not === undefined, value }),
      ),
    )
  },
}

interface Plain {
  readonly name: string
  readonly help: string
  readonly isWork?: true
  /** Of the one that left something behind, also where another has begun since. */
  readonly of?: 'left'
  decide(desk: Desk, click: CanaryClick, shown: ShownCanary): Promise<Answer>
}

const plain: readonly Plain[] = [
  {
    name: 'promote hold',
    help: 'Hold the canary of a service where it stands, until the hold is ended.',
    decide: ({ workflows }, click, { promotion: { turns: turn } }) =>
      workflows.holdCanary({ ...click, turn }, 'hold'),
  },
  {
    name: 'promote go-on',
    help: 'End the hold of a canary.',
    decide: ({ workflows }, click, { promotion: { turns: turn } }) =>
      workflows.holdCanary({ ...click, turn }, 'go-on'),
  },
  {
    name: 'promote try-again',
    help: 'Try the move of a canary that failed once more, while what was approved still counts.',
    isWork: true,
    decide: ({ workflows }, click) => workflows.tryAgain(click),
  },
  {
    name: 'promote keep',
    help: 'Have what a promotion left behind, such as the pods of the other colour, stay as it is: an on-call engineer or above. What a rollback left is kept with keep-former.',
    of: 'left',
    decide: ({ workflows }, click) => workflows.keepLeft(click),
  },
]

const plainCommands = plain.map(
  ({ name, help, isWork, of, decide }): Command => ({
    name,
    usage: `<service> ${isWork ? '[--no-wait] ' : ''}${deskUsage}`,
    help,
    example: `${name} checkout`,
    run: async (args, terminal) => {
      const { flags, rest } = takeFlags(args, { ...deskFlags, 'no-wait': 'alone' })
      const typed = only(rest, oneService)
      await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
      const decided = async (shown: ShownCanary, click: CanaryClick): Promise<number> => {
        const isFollowed = isWork === true && flags['no-wait'] === undefined
        return followed(desk, terminal, click, await decide(desk, click, shown), isFollowed)
      }
      return await onCanary(desk, terminal, typed, decided, of)
    },
  }),
)

const promote: Command = {
  name: 'promote',
  usage: `<service> [--to 50|full] [--dry-run] ${deskUsage}`,
  help: 'Take the canary of a service forward through its gates, as /promote does; works while Slack is away. --to says how far, --dry-run only shows where it stands.',
  example: 'promote checkout --to 50',
  run: async (args, terminal) => {
    const { flags, rest } = takeFlags(args, deskFlags)
    await using desk = await terminal.openDesk(deskOptions(flags, 'identity'))
    const { person } = whoActs(desk)
    const asked = desk.readPromote(rest)
    if (asked.kind === 'answer') return await answered(desk, terminal, asked.answer)
    const { service, to, isDry } = asked
    const request = { service, to, by: person, channel: undefined }
    const answer = isDry
      ? await desk.workflows.previewPromotion(request)
      : await desk.workflows.requestPromotion(request, desk.delivery())
    const code = await answered(desk, terminal, answer)
    if (answer.kind === 'promotion' && !isDry)
      terminal.out(
        [
          '',
          `where it stands  countermand promote status ${service}`,
          `to decide        countermand promote approve ${service}`,
        ].join('\n'),
      )
    return code
  },
}

/** `promote` is what the others begin with: it is looked for last. */
export const promotions: readonly Command[] = [
  status,
  approve,
  away,
  tick,
  ...plainCommands,
  promote,
]

async function onCanary(
  desk: Desk,
  terminal: Terminal,
  typed: string,
  act: (shown: ShownCanary, click: CanaryClick) => Promise<number>,
  of?: 'left',
): Promise<number> {
  const { person } = whoActs(desk)
  const service = desk.service(typed)
  if (typeof service !== 'string') return await answered(desk, terminal, service)
  const promotion = await desk.canaryNamed(typed, of)
  const shown = promotion && (await desk.showCanary(promotion))
  if (!promotion || !shown)
    return await answered(desk, terminal, {
      kind: 'nothing_found',
      what: `a promotion of ${typed}`,
    })
  return await act(shown, { by: person, promotion, delivery: desk.delivery() })
}

async function followed(
  desk: Desk,
  terminal: Terminal,
  click: CanaryClick,
  answer: Answer,
  isFollowed: boolean,
): Promise<number> {
  const code = await answered(desk, terminal, answer)
  return answer.kind === 'promotion_decided' && isFollowed
    ? await watchCanary(desk, terminal, click)
    : code
}
