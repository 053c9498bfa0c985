import { randomUUID } from 'node:crypto'
import type { Answer } from '#domain/communication/answer.ts'
import { deliveryId, type RollbackId, rollbackId } from '#domain/ids.ts'
import { heldTo } from '#domain/authority/two-people.ts'
import { incidentState } from '#domain/incident/state.ts'
import { isYetToGo } from '#domain/leftover.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import { digestToApprove, membersOf } from '#domain/rollback/together.ts'
import { formerService } from '#domain/service.ts'
import type { Desk, Shown, Sitting } from '#cli/desk.ts'
import type { Log } from '#ports/log.ts'
import { automationWords } from '#slack/commands/automation-words.ts'
import { promoteWords } from '#slack/commands/promote-words.ts'
import { rollbackWords, serviceNamed, unknownService } from '#slack/commands/rollback-words.ts'
import { answer, card, type Message, promotionCard } from '#slack/views/index.ts'
import { workflows } from '#workflows/index.ts'
import { minRequestsOf } from '#workflows/promotion/record.ts'
import { automationOn } from '#workflows/tell.ts'
import type { World } from '#workflows/world.ts'
import type { Config } from '../config.ts'
import { behind, canaryFollower, follower } from './follow.ts'
import { plainText } from './plain.ts'

export interface DeskParts {
  readonly config: Config
  readonly world: World
  readonly log: Log
  readonly sitting: readonly Sitting[]
  readonly warnings: readonly string[]
  /** Says something at once, beside the answers. */
  readonly tell: (text: string) => void
  readonly isServed: () => Promise<boolean>
  close(): Promise<void>
}

/** Enough to find the promotion that left something behind. */
const mostLooked = 5

/** As the commands are called here. */
const program = 'countermand'
const command = `${program} rollback`

/** The workflows and Slack's own views, put into words for a terminal. */
export function deskOf(given: DeskParts): Desk {
  const { config, world, log, sitting, warnings, isServed, tell, close } = given
  const { catalogue, timeline, policy, executors } = world
  const flows = workflows(world)
  const names = new Map(
    config.terminal?.people.map(({ person, is }) => [person.split(':').at(-1), is[0]]),
  )
  const textOf = (message: Message) => plainText(message, (user) => names.get(user))
  /** No button is ever pressed here. */
  const sign = () => '-'

  const known = async (id: RollbackId) => {
    const incidentId = await timeline.incidentOf(id)
    if (incidentId === undefined) return undefined
    const history = await timeline.read(incidentId)
    const incident = incidentState(history)
    const rollback = rollbackState(history, id)
    if (!incident || !rollback) return undefined
    const { service: name, plan } = rollback
    const service = catalogue.get(name) ?? formerService(name, plan?.target)
    const together = membersOf(history, rollback)
    return { incidentId, history, incident, rollback: heldTo(rollback, service), service, together }
  }

  return {
    workflows: flows,
    sitting,
    warnings,
    delivery: () => deliveryId(`terminal:${randomUUID()}`),
    async read(words, by) {
      const typed = words.map((text) => ({ text, quoted: /\s/.test(text) }))
      const now = await timeline.now()
      const asked = rollbackWords(typed, { command, catalogue, by, now })
      if (asked.kind === 'form') return { kind: 'answer', answer: noService([...catalogue.keys()]) }
      if (asked.kind === 'answer' && asked.answer.kind === 'unknown_service')
        return {
          kind: 'answer',
          answer: { ...asked.answer, commands: commandsMeant(asked.answer) },
        }
      return asked
    },
    async readAutomation(words) {
      const typed = words.map((text) => ({ text, quoted: /\s/.test(text) }))
      const now = await timeline.now()
      return automationWords(typed, { command: `${program} automation`, catalogue, now })
    },
    async say(said) {
      const about = 'rollback' in said ? await known(said.rollback) : undefined
      const message = answer(said, {
        now: await timeline.now(),
        sign,
        channel: about?.incident.channel?.id,
        room:
          about && config.slack.incidentChannels === 'create'
            ? `#${about.incidentId}`
            : about?.service.channel,
        rollback: about?.rollback,
        command: standsBeside.some((kind) => kind === said.kind) ? program : command,
        promote: `${program} promote`,
        promotionShown: `${program} promote status`,
      })
      return textOf(message)
    },
    async show(id): Promise<Shown | undefined> {
      const found = await known(id)
      if (!found) return undefined
      const target = found.rollback.plan?.target
      const automation =
        found.service.automation && (await automationOn({ timeline }, found.service.id))
      const look = target && executors.get(target.executor)?.lookCommand(target)
      const message = card({
        ...found,
        now: await timeline.now(),
        policy,
        sign,
        command,
        ...(look === undefined ? {} : { look }),
        ...(automation ? { automation } : {}),
      })
      return {
        rollback: found.rollback,
        card: textOf(message),
        digest: digestToApprove(found.rollback),
        together: found.together,
      }
    },
    async rollbackNamed(typed) {
      if (typed.startsWith('rb_'))
        return (await known(rollbackId(typed))) ? rollbackId(typed) : undefined
      const service = serviceNamed(typed, catalogue)
      const [newest] = service ? await timeline.recentIncidents(service, 1) : []
      return newest && rollbacksOf(await timeline.read(newest)).at(-1)?.id
    },
    service: (typed) => serviceNamed(typed, catalogue) ?? unknownService(typed, catalogue),
    async busy() {
      const looked = await Promise.all(
        [...catalogue.values()].map(async ({ id }) =>
          (await timeline.openIncidents(id)).length > 0 ? [id] : [],
        ),
      )
      return looked.flat()
    },
    async follow(id, decided) {
      const found = await known(id)
      if (!found) throw new Error(`There is no rollback ${id}`)
      const parts = { timeline, workflows: flows, log, textOf, tell, isServed }
      return follower(parts, found.incidentId, id, behind(found.history, decided))
    },
    readPromote: (words) =>
      promoteWords(
        words.map((text) => ({ text, quoted: false })),
        `${program} promote`,
        catalogue,
      ),
    async canaryNamed(typed, of) {
      const service = serviceNamed(typed, catalogue)
      const known = service ? await timeline.promotions(service, of ? mostLooked : 1) : []
      for (const id of of ? known : [])
        if (isYetToGo(promotionState(await timeline.read(id))?.leftover)) return id
      return known[0]
    },
    async showCanary(id) {
      const promotion = promotionState(await timeline.read(id))
      if (!promotion) return undefined
      const { service, target } = promotion
      const message = promotionCard(promotion, {
        now: await timeline.now(),
        minRequests: minRequestsOf(policy, service),
        environment: (catalogue.get(service) ?? formerService(service, target)).environment,
        sign,
      })
      return { promotion, card: textOf(message) }
    },
    async followCanary(id, decided) {
      const history = await timeline.read(id)
      if (history.length === 0) throw new Error(`There is no promotion ${id}`)
      const parts = { timeline, workflows: flows, log, textOf, tell, isServed }
      return canaryFollower(parts, id, behind(history, decided))
    },
    [Symbol.asyncDispose]: close,
  }
}

/** Answers to what stands beside `rollback` here, not behind it. */
const standsBeside: readonly Answer['kind'][] = ['automation', 'policy']

const noService = (services: readonly string[]) =>
  ({
    kind: 'usage',
    command,
    problems: [`Name the service: ${services.slice(0, 20).join(', ') || 'none is configured'}.`],
    example: `${command} ${services[0] ?? 'checkout'} --reason "errors after deploy"`,
  }) as const

/** Here they stand beside `rollback`, not behind it. */
const commandsMeant = ({
  typed,
  commands = [],
}: {
  readonly typed: string
  readonly commands?: readonly string[]
}) =>
  commands
    .map((one) => one.slice(command.length + 1))
    .filter((word) => ['status', 'history', 'help'].includes(word) && typed !== word)
    .map((word) => `${program} ${word}`)
