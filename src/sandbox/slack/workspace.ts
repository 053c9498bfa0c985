import {
  type Change,
  type Channel,
  type ChannelSeed,
  type Message,
  type Posted,
  Refused,
  type SlackFile,
  type UserGroupSeed,
  type UserSeed,
  type View,
} from './model.ts'

export interface Seeds {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string }
  readonly bot: {
    readonly userId: string
    readonly botId: string
    readonly appId: string
    readonly name: string
  }
  readonly users: readonly UserSeed[]
  readonly userGroups: readonly UserGroupSeed[]
  readonly channels: readonly ChannelSeed[]
  /** Epoch milliseconds of the pretend clock. */
  readonly now: () => number
}

/** Everything the pretend Slack remembers. Whoever changes it goes through these functions, so that listeners hear of it. */
export function createWorkspace({ team, bot, users, userGroups, channels, now }: Seeds) {
  const people = new Map(users.map((user) => [user.id, user]))
  people.set(bot.userId, {
    id: bot.userId,
    name: bot.name.toLowerCase(),
    realName: bot.name,
    bot: true,
  })
  const groups = new Map(userGroups.map((group) => [group.id, group]))
  const rooms = new Map(channels.map((seed) => [seed.id, roomOf(seed)]))
  const posted: Posted[] = []
  /** The address for answers that a message came to, by its `ts`. */
  const answers = new Map<string, string>()
  const files = new Map<string, { readonly file: SlackFile; readonly content: Buffer }>()
  const stacks = new Map<string, readonly View[]>()
  const homes = new Map<string, View>()
  const listeners = new Set<(change: Change) => void>()
  let lastTs = 0
  let lastId = 0

  function roomOf(seed: ChannelSeed): Channel {
    const everybody = users.filter((user) => isFull(user)).map(({ id }) => id)
    return {
      id: seed.id,
      name: seed.name,
      isPrivate: seed.private ?? false,
      isIm: false,
      isArchived: false,
      created: Math.floor(now() / 1_000),
      creator: users[0]?.id ?? bot.userId,
      members: [...(seed.members ?? everybody), ...((seed.bot ?? true) ? [bot.userId] : [])],
      topic: seed.topic ?? '',
      purpose: '',
      pins: [],
      bookmarks: [],
    }
  }
  const tell = (change: Change): void => {
    for (const listener of listeners) listener(change)
  }
  /** Ids look like Slack's: a letter and ten capitals or digits. */
  const newId = (letter: string): string => {
    lastId += 1
    return `${letter}0${lastId.toString(36).toUpperCase().padStart(9, '0')}`
  }
  /** Unique in the workspace and never going back, even when the clock stands still. */
  const newTs = (): string => {
    lastTs = Math.max(lastTs + 1, Math.floor(now() * 1_000))
    return `${Math.floor(lastTs / 1_000_000)}.${String(lastTs % 1_000_000).padStart(6, '0')}`
  }
  const keep = (entry: Posted): Posted => {
    const index = posted.findIndex(
      ({ channel, message }) => channel === entry.channel && message.ts === entry.message.ts,
    )
    if (index >= 0) posted[index] = entry
    else posted.push(entry)
    tell({ kind: 'message', posted: entry })
    return entry
  }

  return {
    team,
    bot,
    now,
    people,
    groups,
    rooms,
    posted,
    answers,
    files,
    homes,
    newId,
    newTs,
    tell,
    keep,
    listen(listener: (change: Change) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** By id, or by name with or without `#`. */
    room(name: string): Channel {
      const plain = name.replace(/^#/, '')
      const found =
        rooms.get(plain) ?? [...rooms.values()].find((one) => one.name === plain && !one.isIm)
      if (!found) throw new Refused('channel_not_found')
      return found
    },
    changeRoom(id: string, change: Partial<Channel>): Channel {
      const room = rooms.get(id)
      if (!room) throw new Refused('channel_not_found')
      const changed = { ...room, ...change }
      rooms.set(id, changed)
      tell({ kind: 'channel', channel: changed })
      return changed
    },
    addRoom(room: Channel): Channel {
      rooms.set(room.id, room)
      tell({ kind: 'channel', channel: room })
      return room
    },
    find(channel: string, ts: string): Posted | undefined {
      return posted.find((one) => one.channel === channel && one.message.ts === ts)
    },
    /** Adds a message and, when it is a reply, counts it at its parent. */
    post(channel: string, message: Message, visibleTo?: string): Posted {
      const entry = keep({ channel, visibleTo, message })
      if (message.thread_ts && message.thread_ts !== message.ts && visibleTo === undefined)
        countReply(channel, message)
      return entry
    },
    remove(channel: string, ts: string): void {
      const index = posted.findIndex((one) => one.channel === channel && one.message.ts === ts)
      const [gone] = index < 0 ? [] : posted.splice(index, 1)
      if (gone) tell({ kind: 'message_gone', channel, ts, visibleTo: gone.visibleTo })
    },
    viewsOf: (user: string): readonly View[] => stacks.get(user) ?? [],
    setViews(user: string, views: readonly View[]): void {
      stacks.set(user, views)
      tell({ kind: 'views', user, views })
    },
    changePerson(id: string, change: Partial<UserSeed>): void {
      const person = people.get(id)
      if (!person) throw new Refused('user_not_found')
      people.set(id, { ...person, ...change })
      tell({ kind: 'people' })
    },
    setGroup(id: string, members: readonly string[]): void {
      const group = groups.get(id) ?? [...groups.values()].find(({ handle }) => handle === id)
      if (!group) throw new Refused('no_such_subteam')
      groups.set(group.id, { ...group, members })
      tell({ kind: 'people' })
    },
  }

  function countReply(channel: string, reply: Message): void {
    const parent = posted.find(
      (one) => one.channel === channel && one.message.ts === reply.thread_ts,
    )
    if (!parent) return
    const users = new Set([...(parent.message.reply_users ?? []), reply.user])
    keep({
      ...parent,
      message: {
        ...parent.message,
        thread_ts: parent.message.ts,
        reply_count: (parent.message.reply_count ?? 0) + 1,
        reply_users: [...users],
        latest_reply: reply.ts,
      },
    })
  }
}

export type Workspace = ReturnType<typeof createWorkspace>

const isFull = (user: UserSeed): boolean =>
  !user.guest && !user.deactivated && user.externalTeam === undefined && !user.bot

/** Members see their channels; full members also look into every public one, as Slack's preview lets them, and join by writing. */
export function mayLook(
  { people }: Pick<Workspace, 'people'>,
  room: Channel,
  user: string,
): boolean {
  if (room.members.includes(user)) return true
  const person = people.get(user)
  return person !== undefined && isFull(person) && !room.isPrivate && !room.isIm
}
