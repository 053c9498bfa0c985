import { type Message, type Posted, Refused, type Wire } from '../model.ts'
import type { Workspace } from '../workspace.ts'
import { ownRoom } from './conversations.ts'
import { type Methods, optionalText, text } from './method.ts'

/** Pins, bookmarks and reactions. */
export const marks: Methods = {
  'pins.add': {
    scopes: ['pins:write'],
    answer(args, { workspace }) {
      const room = ownRoom(args, workspace)
      const { message } = shown(args, 'timestamp', workspace)
      if (room.pins.includes(message.ts)) throw new Refused('already_pinned')
      workspace.changeRoom(room.id, { pins: [...room.pins, message.ts] })
      return {}
    },
  },
  'pins.remove': {
    scopes: ['pins:write'],
    answer(args, { workspace }) {
      const room = ownRoom(args, workspace)
      const ts = text(args, 'timestamp')
      if (!room.pins.includes(ts)) throw new Refused('no_pin')
      workspace.changeRoom(room.id, { pins: room.pins.filter((pin) => pin !== ts) })
      return {}
    },
  },
  'pins.list': {
    scopes: ['pins:read'],
    answer(args, { workspace }) {
      const room = ownRoom(args, workspace)
      return {
        items: room.pins.flatMap((ts) => {
          const found = workspace.find(room.id, ts)
          return found ? [{ type: 'message', channel: room.id, message: found.message }] : []
        }),
      }
    },
  },
  'bookmarks.add': {
    scopes: ['bookmarks:write'],
    answer(args, { workspace }) {
      const room = workspace.room(text(args, 'channel_id'))
      if (!room.members.includes(workspace.bot.userId)) throw new Refused('not_in_channel')
      if (text(args, 'type') !== 'link') throw new Refused('invalid_bookmark_type')
      const link = text(args, 'link')
      if (!URL.canParse(link)) throw new Refused('invalid_link')
      const bookmark = {
        id: workspace.newId('Bk'),
        title: text(args, 'title'),
        link,
        emoji: optionalText(args, 'emoji') ?? '',
      }
      workspace.changeRoom(room.id, { bookmarks: [...room.bookmarks, bookmark] })
      return { bookmark: { ...bookmark, channel_id: room.id, type: 'link' } }
    },
  },
  'bookmarks.list': {
    scopes: ['bookmarks:read'],
    answer: (args, { workspace }) => ({
      bookmarks: workspace.room(text(args, 'channel_id')).bookmarks,
    }),
  },
  'reactions.add': {
    scopes: ['reactions:write'],
    answer(args, { workspace }) {
      ownRoom(args, workspace)
      const found = shown(args, 'timestamp', workspace)
      const name = text(args, 'name')
      if (!/^[a-z0-9_+'-]+$/.test(name)) throw new Refused('invalid_name')
      const reactions = found.message.reactions ?? []
      const mine = reactions.find((one) => one.name === name)
      if (mine?.users.includes(workspace.bot.userId)) throw new Refused('already_reacted')
      const users = [...(mine?.users ?? []), workspace.bot.userId]
      const message: Message = {
        ...found.message,
        reactions: [
          ...reactions.filter((one) => one.name !== name),
          { name, users, count: users.length },
        ],
      }
      workspace.keep({ ...found, message })
      return {}
    },
  },
}

function shown(args: Wire, name: string, workspace: Workspace): Posted {
  const found = workspace.find(text(args, 'channel'), text(args, name))
  if (!found || found.visibleTo !== undefined) throw new Refused('message_not_found')
  return found
}
