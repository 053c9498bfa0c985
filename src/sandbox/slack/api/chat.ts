import { charactersIn, faultsInBlocks } from '../block-kit.ts'
import { type Channel, type Message, Refused, type Wire } from '../model.ts'
import { type Methods, isOn, isWire, optionalText, structure, text, type World } from './method.ts'
import { openDirect } from './conversations.ts'

/** Longest `text` of a post before it is cut, and of an update before it is refused (characters). */
const longestPost = 40_000
const longestUpdate = 4_000
const longestBlocks = 13_200

export const chat: Methods = {
  'chat.postMessage': {
    scopes: ['chat:write'],
    answer(args, world) {
      const room = writable(args, world)
      const body = bodyOf(args)
      const thread = optionalText(args, 'thread_ts')
      if (thread && !world.workspace.find(room.id, thread)) throw new Refused('thread_not_found')
      const message: Message = {
        ...fromBot(world),
        ...body,
        text: body.text.slice(0, longestPost),
        ...(thread ? { thread_ts: thread } : {}),
        ...(thread && isOn(args, 'reply_broadcast') ? { subtype: 'thread_broadcast' } : {}),
      }
      world.workspace.post(room.id, message)
      return { channel: room.id, ts: message.ts, message }
    },
  },
  'chat.update': {
    scopes: ['chat:write'],
    answer(args, { workspace }) {
      const room = workspace.room(text(args, 'channel'))
      const found = workspace.find(room.id, text(args, 'ts'))
      if (!found || found.visibleTo !== undefined) throw new Refused('message_not_found')
      if (found.message.user !== workspace.bot.userId) throw new Refused('cant_update_message')
      if (room.isArchived) throw new Refused('is_archived')
      const broadcast = isOn(args, 'reply_broadcast')
      if (broadcast && ('text' in args || 'blocks' in args))
        throw new Refused('no_dual_broadcast_content_update')
      const body = broadcast ? { text: found.message.text } : bodyOf(args)
      if (body.text.length > longestUpdate) throw new Refused('msg_too_long')
      // Blocks left out stay only when neither text nor blocks came; a new text alone removes them.
      const { blocks: _gone, ...rest } = found.message
      const message: Message = {
        ...(broadcast ? found.message : rest),
        ...body,
        ...(broadcast ? { subtype: 'thread_broadcast' } : {}),
        edited: { user: workspace.bot.userId, ts: workspace.newTs() },
      }
      workspace.keep({ ...found, message })
      return { channel: room.id, ts: message.ts, text: message.text, message }
    },
  },
  'chat.delete': {
    scopes: ['chat:write'],
    answer(args, { workspace }) {
      const room = workspace.room(text(args, 'channel'))
      const found = workspace.find(room.id, text(args, 'ts'))
      if (!found || found.visibleTo !== undefined) throw new Refused('message_not_found')
      if (found.message.user !== workspace.bot.userId) throw new Refused('cant_delete_message')
      workspace.remove(room.id, found.message.ts)
      return { channel: room.id, ts: found.message.ts }
    },
  },
  'chat.postEphemeral': {
    scopes: ['chat:write'],
    answer(args, world) {
      const room = writable(args, world)
      const user = text(args, 'user')
      if (!room.members.includes(user)) throw new Refused('user_not_in_channel')
      const thread = optionalText(args, 'thread_ts')
      const message: Message = {
        ...fromBot(world),
        ...bodyOf(args),
        ...(thread ? { thread_ts: thread } : {}),
        is_ephemeral: true,
      }
      world.workspace.post(room.id, message, user)
      return { message_ts: message.ts }
    },
  },
  'chat.getPermalink': {
    scopes: [],
    answer(args, { workspace, baseUrl }) {
      const room = workspace.room(text(args, 'channel'))
      const ts = text(args, 'message_ts')
      if (!workspace.find(room.id, ts)) throw new Refused('message_not_found')
      return {
        channel: room.id,
        permalink: `${baseUrl()}/archives/${room.id}/p${ts.replace('.', '')}`,
      }
    },
  },
}

export const fromBot = ({ workspace: { bot, team, newTs } }: World) =>
  ({
    type: 'message',
    ts: newTs(),
    user: bot.userId,
    bot_id: bot.botId,
    app_id: bot.appId,
    team: team.id,
  }) as const

/** Text, blocks, attachments and metadata, checked as Slack checks them. */
export function bodyOf(args: Wire): Pick<Message, 'text' | 'blocks' | 'attachments' | 'metadata'> {
  const blocks = structure(args, 'blocks', 'invalid_blocks_format')
  const attachments = structure(args, 'attachments', 'invalid_attachments')
  const metadata = structure(args, 'metadata', 'metadata_must_be_sent_as_json')
  const written = optionalText(args, 'text') ?? ''
  const list = asList(blocks, 'invalid_blocks_format')
  const attached = asList(attachments, 'invalid_attachments')
  if (list.length === 0 && attached.length === 0 && written === '') throw new Refused('no_text')
  if (attached.length > 100) throw new Refused('too_many_attachments')
  if (list.length > 0) checkBlocks(list)
  for (const one of attached)
    if (one['blocks'] !== undefined) checkBlocks(asList(one['blocks'], 'invalid_attachments'))
  if (metadata !== undefined && !(isWire(metadata) && typeof metadata['event_type'] === 'string'))
    throw new Refused('invalid_metadata_format')
  return {
    text: written,
    ...(list.length > 0 ? { blocks: withIds(list) } : {}),
    ...(attached.length > 0 ? { attachments: attached } : {}),
    ...(isWire(metadata) ? { metadata } : {}),
  }
}

/** Slack names every block and element that came without an id. */
export function withIds(blocks: readonly Wire[]): readonly Wire[] {
  const taken = new Set(blocks.map((one) => one['block_id']))
  let count = 0
  const fresh = (prefix: string): string => {
    do count += 1
    while (taken.has(`${prefix}${count}`))
    return `${prefix}${count}`
  }
  const named = (element: unknown): unknown =>
    isWire(element) && element['type'] !== 'image'
      ? { action_id: fresh('auto_'), ...element }
      : element
  return blocks.map((one) => {
    const type = one['type']
    return {
      block_id: fresh('b'),
      ...one,
      ...(type === 'actions' && Array.isArray(one['elements'])
        ? { elements: one['elements'].map(named) }
        : {}),
      ...(isWire(one['accessory']) ? { accessory: named(one['accessory']) } : {}),
      ...(isWire(one['element']) ? { element: named(one['element']) } : {}),
    }
  })
}

function checkBlocks(blocks: readonly Wire[]): void {
  const faults = faultsInBlocks(blocks, 'message')
  const messages = faults.map(({ message, pointer }) => `${message} [json-pointer:${pointer}]`)
  if (faults.length > 0)
    throw new Refused('invalid_blocks', {
      errors: messages,
      response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
    })
  if (charactersIn(blocks) > longestBlocks) throw new Refused('msg_blocks_too_long')
}

function asList(value: unknown, refusal: string): readonly Wire[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Refused(refusal)
  return value.filter(isWire)
}

/** The channel, when the bot may write there. A user's id means the direct messages with them. */
function writable(args: Wire, { workspace }: World): Channel {
  const name = text(args, 'channel')
  const room = workspace.people.has(name) ? openDirect(workspace, [name]) : workspace.room(name)
  if (room.isArchived) throw new Refused('is_archived')
  if (!room.members.includes(workspace.bot.userId))
    throw new Refused(room.isPrivate ? 'channel_not_found' : 'not_in_channel')
  return room
}
