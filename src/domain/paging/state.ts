import type { Instant } from '#domain/time.ts'
import type { Asking, PagingEvent } from './events.ts'

/** What people outside of Slack have been told of an incident. */
export interface PageState {
  readonly called: { readonly at: Instant; readonly via: string } | undefined
  readonly isAcknowledged: boolean
  readonly isResolved: boolean
  /** The last thing that failed, until it was done after all. */
  readonly failure:
    | {
        readonly doing: Asking
        readonly why: string
        readonly via: string
        readonly isFinal: boolean
      }
    | undefined
}

export const unpaged: PageState = {
  called: undefined,
  isAcknowledged: false,
  isResolved: false,
  failure: undefined,
}

export function afterPaging(page: PageState, at: Instant, event: PagingEvent): PageState {
  switch (event.kind) {
    case 'paged':
      return { ...page, called: page.called ?? { at, via: event.via }, failure: undefined }
    case 'page_acknowledged':
      return { ...page, isAcknowledged: true, failure: undefined }
    case 'page_resolved':
      return { ...page, isResolved: true, failure: undefined }
    case 'page_failed': {
      const { doing, why, via, isFinal } = event
      return { ...page, failure: { doing, why, via, isFinal } }
    }
  }
}
