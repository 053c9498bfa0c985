import type { PersonId } from '#domain/ids.ts'
import type { Sign } from './levels.ts'

/** What is asked of a pager. */
export type Asking = 'call' | 'acknowledge' | 'resolve'

/** What became of calling people outside of Slack, for one incident. `via` names the pager: `PagerDuty (payments)`; `round` is that of `roundsOf`, absent in the first. */
export type PagingEvent =
  /** Whoever is on call there is being called. Once for a round of an incident. */
  | {
      readonly kind: 'paged'
      readonly level: 'P0'
      readonly sign: Sign
      readonly because: string
      readonly via: string
      readonly round?: number
    }
  /** The pager was told that somebody has decided: it calls nobody further. */
  | {
      readonly kind: 'page_acknowledged'
      readonly by: PersonId
      readonly via: string
      readonly round?: number
    }
  /** The pager was told that the incident is over. */
  | { readonly kind: 'page_resolved'; readonly via: string }
  | {
      readonly kind: 'page_failed'
      readonly doing: Asking
      readonly why: string
      readonly via: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
      readonly round?: number
    }

const kinds: readonly string[] = ['paged', 'page_acknowledged', 'page_resolved', 'page_failed']

export const isPaging = (event: { readonly kind: string }): event is PagingEvent =>
  kinds.includes(event.kind)

export const roundOf = (event: PagingEvent): number | undefined =>
  event.kind === 'page_resolved' ? undefined : event.round
