import type { App } from '@slack/bolt'
import { type DeliveryId, deliveryId } from '#domain/ids.ts'
import { pressed } from './actions/index.ts'
import { submit } from './actions/submit.ts'
import { turnedAway } from './turned-away.ts'
import type { Asked, Command } from './commands/command.ts'
import { commandFor, slashCommands } from './commands/index.ts'
import { wordsOf } from './commands/words.ts'
import { type Edge, messageFor } from './edge.ts'
import type { Asker } from './parts.ts'
import { reply } from './reply.ts'
import type { Message } from './views/index.ts'
import { ActionPayload, CommandPayload, SubmissionPayload, threadOf } from './schema.ts'

/** Three listeners for everything: Bolt's cost grows with their number, and routing belongs to us. */
export function listen(app: App, edge: Edge): void {
  app.command(/^\//, async ({ body, context }) => {
    const payload = CommandPayload.parse(body)
    const asker = askerOfCommand(payload, deliveryOf(context))
    await answerCommand(edge, payload, asker)
  })
  app.action(/[^]*/, async ({ body, context }) => {
    const payload = ActionPayload.parse(body)
    const asker = askerOfAction(payload, deliveryOf(context))
    await pressed(edge, asker, payload)
  })
  app.view(/[^]*/, async ({ body, context }) => {
    if (body.type !== 'view_submission') return
    const payload = SubmissionPayload.parse(body)
    const asker = askerOfSubmission(payload, deliveryOf(context))
    await submit(edge, asker, payload.view)
  })
}

async function answerCommand(edge: Edge, payload: CommandPayload, asker: Asker): Promise<void> {
  const slash = slashCommands(edge.slack.commands).find(({ name }) => name === payload.command)
  const found = slash && commandFor(slash, wordsOf(payload.text))
  const message = found
    ? await answered(edge, { asker, command: payload.command, words: found.words }, found.command)
    : await messageFor(edge, { kind: 'nothing_found', what: `the command ${payload.command}` })
  if (message) await reply(edge, asker, message)
}

/** Whoever may not ask learns nothing, not even which services there are. */
async function answered(edge: Edge, asked: Asked, command: Command): Promise<Message | undefined> {
  const { name, answers } = command
  const shows = answers === 'known members' ? `${asked.command} ${name}` : undefined
  const away = answers === 'anybody' ? undefined : await turnedAway(edge, asked.asker, { shows })
  return away ? messageFor(edge, away) : command.run(edge, asked)
}

const deliveryOf = (context: { readonly [name: string]: unknown }): DeliveryId =>
  deliveryId(String(context['delivery']))

const askerOfCommand = (payload: CommandPayload, delivery: DeliveryId): Asker => ({
  user: payload.user_id,
  team: payload.team_id,
  delivery,
  channel: payload.channel_id,
  thread: undefined,
  responseUrl: payload.response_url,
  triggerId: payload.trigger_id,
})

/** A person of another workspace carries that workspace's id, whoever's the channel is (threat T009). */
const askerOfAction = (
  { user, team, container, trigger_id, response_url }: ActionPayload,
  delivery: DeliveryId,
): Asker => ({
  user: user.id,
  team: user.team_id ?? team?.id ?? 'T0',
  delivery,
  channel: container.channel_id,
  thread: threadOf(container),
  responseUrl: response_url,
  triggerId: trigger_id,
})

const askerOfSubmission = (
  { user, team, trigger_id }: SubmissionPayload,
  delivery: DeliveryId,
): Asker => ({
  user: user.id,
  team: user.team_id ?? team?.id ?? 'T0',
  delivery,
  channel: undefined,
  thread: undefined,
  responseUrl: undefined,
  triggerId: trigger_id,
})
