import type { PersonId } from '#domain/ids.ts'
import type { Sign } from './levels.ts'

/** What is asked of a pager. */
export type Asking = 'call' | 'acknowledge' | 'resolve'

/** What became of calling people outside of Slack, for one incident. `via` names the pager: `PagerDuty (payments)`. */
export type PagingEvent =
  /** Whoever is on call there is being called. Once for an incident. */
  | {
      readonly kind: 'paged'
      readonly level: 'P0'
      readonly sign: Sign
      readonly because: string
      readonly via: string
    }
  /** The pager was told that somebody has decided: it calls nobody further. */
  | { readonly kind: 'page_acknowledged'; readonly by: PersonId; readonly via: string }
  /** The pager was told that the incident is over. */
  | { readonly kind: 'page_resolved'; readonly via: string }
  | {
      readonly kind: 'page_failed'
      readonly doing: Asking
      readonly why: string
      readonly via: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
    }
