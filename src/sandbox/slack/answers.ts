import { isOn, isWire, optionalText, type World } from './api/method.ts'
import { bodyOf, fromBot } from './api/chat.ts'
import { type Message, Refused, type Wire } from './model.ts'
import type { Answerable } from './sessions.ts'

/** What an app answers to a request or posts to its response_url: an ephemeral answer unless it says otherwise. */
export function showAnswer(body: unknown, to: Answerable, world: World): void {
  const answer = typeof body === 'string' ? { text: body } : body
  if (!isWire(answer)) return
  const { workspace } = world
  if (to.replaceable && to.original !== undefined) {
    if (isOn(answer, 'delete_original')) return workspace.remove(to.channel, to.original)
    if (isOn(answer, 'replace_original')) return replace(answer, to.channel, to.original, world)
  }
  if (!hasContent(answer)) return
  const thread = optionalText(answer, 'thread_ts') ?? to.thread
  const isShared = answer['response_type'] === 'in_channel'
  const message: Message = {
    ...fromBot(world),
    ...bodyOf(answer),
    ...(thread ? { thread_ts: thread } : {}),
    ...(isShared ? {} : { is_ephemeral: true }),
  }
  workspace.post(to.channel, message, isShared ? undefined : to.user)
  if (to.address !== undefined) workspace.answers.set(message.ts, to.address)
}

/** Slackbot's own words to one person, e.g. after a command that nobody answered. */
export function showTrouble(text: string, user: string, channel: string, world: World): void {
  const { workspace } = world
  workspace.post(
    channel,
    {
      type: 'message',
      ts: workspace.newTs(),
      user: 'USLACKBOT',
      team: workspace.team.id,
      text,
      is_ephemeral: true,
    },
    user,
  )
}

function replace(answer: Wire, channel: string, ts: string, world: World): void {
  const found = world.workspace.find(channel, ts)
  if (!found) throw new Refused('message_not_found')
  const { blocks: _gone, ...rest } = found.message
  world.workspace.keep({ ...found, message: { ...rest, ...bodyOf(answer) } })
}

const hasContent = (answer: Wire): boolean =>
  optionalText(answer, 'text') !== undefined ||
  Array.isArray(answer['blocks']) ||
  typeof answer['blocks'] === 'string' ||
  Array.isArray(answer['attachments'])
