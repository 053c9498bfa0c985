import type { Role } from '#domain/authority/role.ts'
import type { RollbackId } from '#domain/ids.ts'

/** Something people must be shown because of what was written. Delivered once each, in order per incident, after the transaction. */
export type Notice =
  /** Open or adopt the incident's channel: topic, members, links. */
  | { readonly kind: 'channel' }
  /** The card shows another state now; several of these in a row become one edit. Without a rollback it is the incident's own. */
  | { readonly kind: 'card'; readonly rollback: RollbackId | undefined }
  /** One line of the timeline, in the card's thread. */
  | {
      readonly kind: 'line'
      readonly seq: number
      readonly rollback: RollbackId | undefined
      readonly broadcast: boolean
    }
  /** Mentions the holders of roles in the channel. */
  | {
      readonly kind: 'mention'
      readonly roles: readonly Role[]
      readonly about:
        | 'asked'
        | 'countdown'
        | 'approved'
        | 'escalated'
        | 'break-glass'
        | 'not-recovered'
        | 'stuck'
        | 'reminded'
        | 'sync-paused'
        | 'sync-ended'
        | 'left-behind'
      readonly rollback: RollbackId
    }
  /** A message made from a template (policy §10). */
  | {
      readonly kind: 'announcement'
      readonly template: string
      readonly rollback: RollbackId | undefined
    }
  /** Files that were captured, put into the thread. */
  | { readonly kind: 'evidence'; readonly rollback: RollbackId }
  /** The card of an assessment shows another state now. */
  | { readonly kind: 'assessment' }
  /** One line of an assessment's own record, under its card. */
  | { readonly kind: 'reply'; readonly seq: number }
  /** Calls whoever is on call for the service: something fires, and no rollback asks for them. */
  | { readonly kind: 'on-call' }
  /** Calls the next level, because nobody has decided in time; the row says which. */
  | { readonly kind: 'overdue'; readonly seq: number }
  /** What automation did about a service, said where its people are. */
  | { readonly kind: 'automation'; readonly seq: number }
  /** Calls whoever decides about a canary: its gate can be passed, or was missed. */
  | { readonly kind: 'gate'; readonly seq: number }
  /** Another configuration, or a review of its policy, said where announcements go. */
  | { readonly kind: 'configuration'; readonly seq: number }
  /** Calls those who own the service. */
  | { readonly kind: 'owner' }
  /** The draft of the post-mortem as the record stands, a file in the card's thread. */
  | { readonly kind: 'post-mortem'; readonly rollback: RollbackId }
