import type { AddressInfo } from 'node:net'
import type { Controls } from '#sandbox/controls.ts'
import { type Actor, createActor } from './actor.ts'
import type { World } from './api/method.ts'
import { type Ack, createDelivery, type Sent } from './delivery.ts'
import { createEvents, slackRetryDelaysMs } from './events.ts'
import { createFaults, type FaultControls } from './faults.ts'
import type {
  Channel,
  ChannelSeed,
  Message,
  Posted,
  SlackFile,
  UserGroupSeed,
  UserSeed,
  View,
  Wire,
} from './model.ts'
import { type CommandHint, servePage } from './page-server.ts'
import { createServer } from './server.ts'
import { createSessions } from './sessions.ts'
import { createTranscript } from './transcript.ts'
import { type Call, webApi } from './web-api.ts'
import { wordsOf } from './words.ts'
import { createWorkspace } from './workspace.ts'

export interface SlackOptions {
  /** A free one when absent. */
  readonly port?: number
  readonly host?: string
  readonly signingSecret: string
  readonly botToken: string
  readonly team?: { readonly id: string; readonly name: string; readonly domain: string }
  readonly bot?: {
    readonly userId: string
    readonly botId: string
    readonly appId: string
    readonly name: string
  }
  readonly users: readonly UserSeed[]
  readonly userGroups?: readonly UserGroupSeed[]
  readonly channels: readonly ChannelSeed[]
  /** Where the app listens, without `/slack/events`; may be set later with `setAppUrl`. */
  readonly appUrl?: string
  /** The manifest's slash commands: the composer's hints. Anything may be typed when absent. */
  readonly commands?: readonly CommandHint[]
  /** Scopes the token was granted; everything when absent. */
  readonly scopes?: readonly string[]
  /** Pretend epoch milliseconds: message times, triggers, response addresses. Signatures use the true clock. */
  readonly now?: () => number
  readonly ackTimeoutMs?: number
  /** How many times slower than usual the machine is just now: Slack is as much more patient. */
  readonly slowness?: () => number
  readonly retryDelaysMs?: readonly number[]
  /** The pretend world beside Slack: clusters, clock, timelines. The panel stays away without it. */
  readonly controls?: Controls
}

export interface PretendSlack {
  readonly url: string
  /** What the app's `SLACK_API_URL` should be. */
  readonly apiUrl: string
  setAppUrl(url: string): void
  /** Where the app reaches us when something stands in between: the addresses we name lead there. */
  setReachedAt(url: string): void
  setControls(controls: Controls): void
  /** By id, name or role. */
  as(user: string): Actor
  messages(channel: string): readonly Posted[]
  replies(channel: string, threadTs: string): readonly Posted[]
  ephemerals(user: string): readonly Posted[]
  /** The view on top, with the errors it shows. */
  modal(user: string): View | undefined
  modalErrors(view: View): Readonly<Record<string, string>>
  home(user: string): View | undefined
  channels(): readonly Channel[]
  files(): readonly { readonly file: SlackFile; readonly content: Buffer }[]
  words(message: Message): string
  /** The end of the `response_url` that a message came to; `undefined` for every other. */
  addressOf(message: Message): string | undefined
  transcript(): string
  calls(): readonly Call[]
  /** Requests sent to the app and how they were acknowledged, oldest first. */
  requests(): readonly { readonly sent: Sent; readonly ack: Ack }[]
  /** The same bytes under the same signature again; the last request when none is named. */
  replay(sent?: Sent): Promise<Ack>
  event(event: Wire): Promise<readonly Ack[]>
  setUserGroup(group: string, members: readonly string[]): void
  changeUser(user: string, change: Partial<Omit<UserSeed, 'id'>>): void
  readonly faults: FaultControls
  /** Resolves as soon as `look` finds something; looks again after every change. */
  until<Found>(look: () => Found | undefined | false, timeoutMs?: number): Promise<Found>
  close(): Promise<void>
}

/** Starts a Slack of our own on loopback: Web API, signed requests to the app, the page, and controls for tests. */
export async function startSlack(options: SlackOptions): Promise<PretendSlack> {
  const now = options.now ?? Date.now
  const { slowness = () => 1 } = options
  let appUrl = options.appUrl
  let controls = options.controls
  let url = ''
  let reachedAt: string | undefined
  const workspace = createWorkspace({
    team: options.team ?? { id: 'T0EXAMPLE1', name: 'Example Shop', domain: 'example-shop' },
    bot: options.bot ?? {
      userId: 'U0COUNTERM',
      botId: 'B0COUNTERM',
      appId: 'A0COUNTERM',
      name: 'Countermand',
    },
    users: options.users,
    userGroups: options.userGroups ?? [],
    channels: options.channels,
    now,
  })
  const world: World = {
    workspace,
    sessions: createSessions(now, slowness),
    baseUrl: () => reachedAt ?? url,
  }
  const faults = createFaults(() => workspace.tell({ kind: 'trouble' }))
  const transcript = createTranscript(workspace)
  const calls: Call[] = []
  const errors = new Map<string, Readonly<Record<string, string>>>()
  const delivery = createDelivery({
    appUrl: () => appUrl,
    signingSecret: options.signingSecret,
    ackTimeoutMs: () => (options.ackTimeoutMs ?? 3_000) * slowness(),
    faults,
    signedAt: Date.now,
  })
  const events = createEvents(workspace, delivery, options.retryDelaysMs ?? slackRetryDelaysMs)
  const actors = new Map<string, Actor>()
  const hints = options.commands ?? []
  const as = (name: string): Actor => {
    const id = userId(name)
    const known = actors.get(id)
    if (known) return known
    const actor = createActor(id, {
      world,
      delivery,
      commands: () => hints.map(({ command }) => command),
      note: transcript.note,
      errors,
    })
    actors.set(id, actor)
    return actor
  }

  const server = createServer(world, faults)
  webApi(server, {
    world,
    faults,
    botToken: options.botToken,
    scopes: options.scopes,
    called: (call) => {
      calls.push(call)
    },
  })
  const page = servePage(server, {
    world,
    as,
    faults,
    hints,
    errors,
    events,
    controls: () => controls,
  })
  await server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  url = `http://localhost:${port}`

  return {
    url,
    apiUrl: `http://127.0.0.1:${port}/api/`,
    setAppUrl(next) {
      appUrl = next
    },
    setReachedAt(next) {
      reachedAt = next
    },
    setControls(next) {
      controls = next
      page.watchControls()
    },
    as,
    messages: (channel) => postedIn(channel, ({ visibleTo }) => visibleTo === undefined),
    replies: (channel, threadTs) =>
      postedIn(
        channel,
        ({ visibleTo, message }) =>
          visibleTo === undefined && message.thread_ts === threadTs && message.ts !== threadTs,
      ),
    ephemerals: (user) => {
      const id = userId(user)
      return workspace.posted.filter(({ visibleTo }) => visibleTo === id)
    },
    modal: (user) => workspace.viewsOf(userId(user)).at(-1),
    modalErrors: ({ id }) => errors.get(id) ?? {},
    home: (user) => workspace.homes.get(userId(user)),
    channels: () => [...workspace.rooms.values()],
    files: () => [...workspace.files.values()].filter(({ content }) => content.length > 0),
    words: (message) => wordsOf(message, workspace),
    addressOf: ({ ts }) => workspace.answers.get(ts),
    transcript: transcript.text,
    calls: () => calls,
    requests: () => delivery.log,
    replay(sent) {
      const again = sent ?? delivery.log.at(-1)?.sent
      if (!again) throw new Error('nothing was sent to the app yet')
      return delivery.replay(again)
    },
    event: events.send,
    setUserGroup: (group, members) => workspace.setGroup(group, members.map(userId)),
    changeUser: (user, change) => workspace.changePerson(userId(user), change),
    faults: faults.controls,
    until,
    async close() {
      events.stop()
      page.close()
      await server.close()
    },
  }

  function userId(name: string): string {
    const people = [...workspace.people.values()]
    const found =
      workspace.people.get(name) ??
      people.find((one) => one.role === name) ??
      people.find((one) => one.name === name.replace(/^@/, ''))
    if (!found) throw new Error(`nobody in the pretend workspace is ${name}`)
    return found.id
  }

  function postedIn(channel: string, keeps: (posted: Posted) => boolean): readonly Posted[] {
    const { id } = workspace.room(channel)
    return workspace.posted.filter((one) => one.channel === id && keeps(one))
  }

  function until<Found>(look: () => Found | undefined | false, timeoutMs = 30_000): Promise<Found> {
    return new Promise((resolve, reject) => {
      const first = look()
      if (first !== undefined && first !== false) return resolve(first)
      const stop = workspace.listen(() => {
        const found = look()
        if (found === undefined || found === false) return
        stop()
        clearTimeout(timer)
        resolve(found)
      })
      const timer = setTimeout(() => {
        stop()
        const tail = transcript.text().split('\n').slice(-15).join('\n')
        reject(new Error(`not seen in Slack within ${timeoutMs} ms. Last lines:\n${tail}`))
      }, timeoutMs)
      return undefined
    })
  }
}
