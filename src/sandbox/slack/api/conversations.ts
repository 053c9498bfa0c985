import { type Channel, type Message, Refused, type Wire } from '../model.ts'
import type { Workspace } from '../workspace.ts'
import { isOn, type Methods, optionalText, paged, text } from './method.ts'

const read = ['channels:read', 'groups:read', 'im:read', 'mpim:read']
const manage = ['channels:manage', 'groups:write']
const historyScopes = ['channels:history', 'groups:history', 'im:history', 'mpim:history']

export const conversations: Methods = {
  'conversations.create': {
    scopes: manage,
    answer(args, { workspace }) {
      const name = checkedName(optionalText(args, 'name'))
      if ([...workspace.rooms.values()].some((room) => room.name === name))
        throw new Refused('name_taken')
      const room = workspace.addRoom({
        ...emptyRoom(workspace, 'C'),
        name,
        isPrivate: isOn(args, 'is_private'),
        members: [workspace.bot.userId],
      })
      return { channel: wireChannel(room, workspace) }
    },
  },
  'conversations.info': {
    scopes: read,
    answer: (args, { workspace }) => ({
      channel: {
        ...wireChannel(visible(args, workspace), workspace),
        ...(isOn(args, 'include_num_members')
          ? { num_members: visible(args, workspace).members.length }
          : {}),
      },
    }),
  },
  'conversations.list': {
    scopes: read,
    answer(args, { workspace }) {
      const types = (optionalText(args, 'types') ?? 'public_channel').split(',')
      const wanted = [...workspace.rooms.values()].filter(
        (room) =>
          isVisible(room, workspace) &&
          types.includes(
            room.isIm ? 'im' : room.isPrivate ? 'private_channel' : 'public_channel',
          ) &&
          !(isOn(args, 'exclude_archived') && room.isArchived),
      )
      const { page, next } = paged(wanted, args)
      return {
        channels: page.map((room) => wireChannel(room, workspace)),
        response_metadata: { next_cursor: next },
      }
    },
  },
  'conversations.join': {
    scopes: ['channels:join'],
    answer(args, { workspace }) {
      const room = visible(args, workspace)
      if (room.isPrivate) throw new Refused('method_not_supported_for_channel_type')
      if (room.isArchived) throw new Refused('is_archived')
      return {
        channel: wireChannel(addMembers(workspace, room, [workspace.bot.userId]), workspace),
      }
    },
  },
  'conversations.invite': {
    scopes: [...manage, 'channels:write.invites', 'groups:write.invites'],
    answer(args, { workspace }) {
      const room = ownRoom(args, workspace)
      const users = text(args, 'users').split(',')
      const errors = users.flatMap((user) => {
        const error = inviteRefusal(user, room, workspace)
        return error ? [{ ok: false, user, error }] : []
      })
      const good = users.filter((user) => !errors.some((one) => one.user === user))
      const first = errors[0]
      if (first && !(isOn(args, 'force') && good.length > 0))
        throw new Refused(first.error, { errors })
      return { channel: wireChannel(addMembers(workspace, room, good), workspace) }
    },
  },
  'conversations.members': {
    scopes: read,
    answer(args, { workspace }) {
      const { page, next } = paged(visible(args, workspace).members, args)
      return { members: page, response_metadata: { next_cursor: next } }
    },
  },
  'conversations.setTopic': {
    scopes: [...manage, 'channels:write.topic', 'groups:write.topic'],
    answer: (args, { workspace }) => ({
      channel: wireChannel(
        workspace.changeRoom(ownRoom(args, workspace).id, { topic: short(args, 'topic') }),
        workspace,
      ),
    }),
  },
  'conversations.setPurpose': {
    scopes: [...manage, 'channels:write.topic', 'groups:write.topic'],
    answer: (args, { workspace }) => ({
      channel: wireChannel(
        workspace.changeRoom(ownRoom(args, workspace).id, { purpose: short(args, 'purpose') }),
        workspace,
      ),
    }),
  },
  'conversations.history': {
    scopes: historyScopes,
    answer(args, world) {
      const room = ownRoom(args, world.workspace)
      const found = world.workspace.posted.filter(
        ({ channel, visibleTo, message }) =>
          channel === room.id &&
          visibleTo === undefined &&
          within(message.ts, args) &&
          (!message.thread_ts ||
            message.thread_ts === message.ts ||
            message.subtype === 'thread_broadcast'),
      )
      return listing(found.map(({ message }) => message).toReversed(), args)
    },
  },
  'conversations.replies': {
    scopes: historyScopes,
    answer(args, world) {
      const room = ownRoom(args, world.workspace)
      const ts = text(args, 'ts')
      const found = world.workspace.posted.filter(
        ({ channel, visibleTo, message }) =>
          channel === room.id &&
          visibleTo === undefined &&
          (message.ts === ts || message.thread_ts === ts),
      )
      if (found.length === 0) throw new Refused('thread_not_found')
      return listing(
        found
          .map(({ message }) => message)
          .filter(({ ts: one }) => one === ts || within(one, args)),
        args,
      )
    },
  },
  'conversations.open': {
    scopes: ['im:write', 'mpim:write'],
    answer: (args, { workspace }) => ({
      channel: { id: openDirect(workspace, text(args, 'users').split(',')).id },
    }),
  },
  'conversations.archive': {
    scopes: manage,
    answer(args, { workspace }) {
      const room = ownRoom(args, workspace)
      if (room.isArchived) throw new Refused('already_archived')
      workspace.changeRoom(room.id, { isArchived: true })
      return {}
    },
  },
}

/** The direct messages between the bot and these people, made when they do not exist. */
export function openDirect(workspace: Workspace, users: readonly string[]): Channel {
  if (users.some((user) => !workspace.people.has(user) || user === workspace.bot.userId))
    throw new Refused('user_not_found')
  if (users.some((user) => workspace.people.get(user)?.deactivated))
    throw new Refused('user_disabled')
  const members = [...new Set([...users, workspace.bot.userId])]
  const known = [...workspace.rooms.values()].find(
    (room) =>
      room.isIm &&
      room.members.length === members.length &&
      members.every((member) => room.members.includes(member)),
  )
  return (
    known ??
    workspace.addRoom({
      ...emptyRoom(workspace, 'D'),
      name: users.join('-'),
      isPrivate: true,
      isIm: true,
      members,
    })
  )
}

export function wireChannel(room: Channel, { team, bot }: Workspace): Wire {
  return {
    id: room.id,
    name: room.name,
    name_normalized: room.name,
    is_channel: !room.isIm && !room.isPrivate,
    is_group: room.isPrivate && !room.isIm,
    is_im: room.isIm,
    is_mpim: false,
    is_private: room.isPrivate,
    is_archived: room.isArchived,
    is_general: room.name === 'general',
    is_shared: false,
    is_ext_shared: false,
    is_member: room.members.includes(bot.userId),
    created: room.created,
    creator: room.creator,
    context_team_id: team.id,
    topic: { value: room.topic, creator: '', last_set: 0 },
    purpose: { value: room.purpose, creator: '', last_set: 0 },
  }
}

/** A channel the bot is in. */
export function ownRoom(args: Wire, workspace: Workspace): Channel {
  const room = visible(args, workspace)
  if (!room.members.includes(workspace.bot.userId)) throw new Refused('not_in_channel')
  if (room.isArchived) throw new Refused('is_archived')
  return room
}

function addMembers(workspace: Workspace, room: Channel, users: readonly string[]): Channel {
  return workspace.changeRoom(room.id, { members: [...new Set([...room.members, ...users])] })
}

/** Private channels do not exist for those outside them. */
const isVisible = (room: Channel, { bot }: Workspace): boolean =>
  !room.isPrivate || room.members.includes(bot.userId)
function visible(args: Wire, workspace: Workspace): Channel {
  const room = workspace.rooms.get(text(args, 'channel'))
  if (!room || !isVisible(room, workspace)) throw new Refused('channel_not_found')
  return room
}

function inviteRefusal(
  user: string,
  room: Channel,
  { people, bot }: Workspace,
): string | undefined {
  if (user === bot.userId) return 'cant_invite_self'
  const person = people.get(user)
  if (!person || person.deactivated) return 'user_not_found'
  return room.members.includes(user) ? 'already_in_channel' : undefined
}

function checkedName(name: string | undefined): string {
  if (name === undefined) throw new Refused('invalid_name_required')
  if (name.length > 80) throw new Refused('invalid_name_maxlength')
  if (!/^[\p{Ll}\p{Lo}\d_-]+$/u.test(name)) throw new Refused('invalid_name_specials')
  if (!/[\p{Ll}\p{Lo}\d]/u.test(name)) throw new Refused('invalid_name_punctuation')
  return name
}

function short(args: Wire, name: string): string {
  const value = typeof args[name] === 'string' ? args[name] : ''
  if (value.length > 250) throw new Refused('too_long')
  return value
}

const within = (ts: string, args: Wire): boolean => {
  const oldest = optionalText(args, 'oldest')
  const latest = optionalText(args, 'latest')
  const inclusive = isOn(args, 'inclusive')
  return (
    (!oldest || ts > oldest || (inclusive && ts === oldest)) &&
    (!latest || ts < latest || (inclusive && ts === latest))
  )
}

function listing(items: readonly Message[], args: Wire): Wire {
  const { page, next } = paged(items, args)
  return {
    messages: isOn(args, 'include_all_metadata') ? page : page.map(withoutPayload),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  }
}

/** What a message means to apps is given to those that ask for it; others read its type only. */
const withoutPayload = (message: Message): Message =>
  message.metadata === undefined
    ? message
    : { ...message, metadata: { event_type: message.metadata['event_type'] } }

const emptyRoom = ({ newId, now, bot }: Workspace, letter: string) => ({
  id: newId(letter),
  isIm: false,
  isArchived: false,
  created: Math.floor(now() / 1_000),
  creator: bot.userId,
  topic: '',
  purpose: '',
  pins: [],
  bookmarks: [],
})
