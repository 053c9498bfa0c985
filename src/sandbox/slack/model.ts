/** A person of the pretend workspace. `role` is only how tests and the page name them; Slack knows nothing of it. */
export interface UserSeed {
  readonly id: string
  readonly name: string
  readonly realName: string
  readonly title?: string
  readonly email?: string
  /** Slack has not verified the address. */
  readonly isUnconfirmed?: boolean
  readonly role?: string
  readonly guest?: boolean
  /** Slack Connect: belongs to this other team. */
  readonly externalTeam?: string
  readonly deactivated?: boolean
  readonly bot?: boolean
}
export interface UserGroupSeed {
  readonly id: string
  readonly handle: string
  readonly name: string
  readonly members: readonly string[]
}
export interface ChannelSeed {
  readonly id: string
  readonly name: string
  readonly private?: boolean
  readonly topic?: string
  /** All full members when absent. */
  readonly members?: readonly string[]
  /** Whether the bot is in it; yes when absent. */
  readonly bot?: boolean
}

/** A JSON object from the wire whose fields are looked at one by one. */
export type Wire = Readonly<Record<string, unknown>>

export interface SlackFile {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly mimetype: string
  readonly size: number
  readonly url: string
}

/** A message as Slack keeps and sends it. */
export interface Message {
  readonly type: 'message'
  readonly subtype?: string
  readonly ts: string
  readonly user: string
  readonly team: string
  readonly bot_id?: string
  readonly app_id?: string
  readonly text: string
  readonly blocks?: readonly Wire[]
  readonly attachments?: readonly Wire[]
  readonly metadata?: Wire
  readonly thread_ts?: string
  readonly reply_count?: number
  readonly reply_users?: readonly string[]
  readonly latest_reply?: string
  readonly edited?: { readonly user: string; readonly ts: string }
  readonly files?: readonly SlackFile[]
  readonly reactions?: readonly {
    readonly name: string
    readonly users: readonly string[]
    readonly count: number
  }[]
  readonly is_ephemeral?: true
}

/** A message where it stands; ephemeral ones are seen by one person only. */
export interface Posted {
  readonly channel: string
  readonly visibleTo: string | undefined
  readonly message: Message
}

export interface Channel {
  readonly id: string
  readonly name: string
  readonly isPrivate: boolean
  readonly isIm: boolean
  readonly isArchived: boolean
  /** Epoch seconds. */
  readonly created: number
  readonly creator: string
  readonly members: readonly string[]
  readonly topic: string
  readonly purpose: string
  readonly pins: readonly string[]
  readonly bookmarks: readonly {
    readonly id: string
    readonly title: string
    readonly link: string
    readonly emoji: string
  }[]
}

export interface View extends Wire {
  readonly id: string
  readonly type: 'modal' | 'home'
  readonly hash: string
  readonly callback_id: string
  readonly external_id: string
  readonly private_metadata: string
  readonly blocks: readonly Wire[]
  readonly title: Wire | null
  readonly submit: Wire | null
  readonly close: Wire | null
  readonly root_view_id: string
  readonly previous_view_id: string | null
}

/** What changed, for the page's live connection and for tests that wait. */
export type Change =
  | { readonly kind: 'message'; readonly posted: Posted }
  | {
      readonly kind: 'message_gone'
      readonly channel: string
      readonly ts: string
      readonly visibleTo: string | undefined
    }
  | { readonly kind: 'channel'; readonly channel: Channel }
  | { readonly kind: 'people' }
  | { readonly kind: 'views'; readonly user: string; readonly views: readonly View[] }
  | { readonly kind: 'trouble' }

/** Refusals of the Web API: `{ok: false, error}`. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string
  readonly detail: Wire
  constructor(code: string, detail: Wire = {}) {
    super(code)
    this.code = code
    this.detail = detail
  }
}
