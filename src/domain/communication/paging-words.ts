import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Asking, PagingEvent } from '#domain/paging/events.ts'
import type { PageState } from '#domain/paging/state.ts'
import type { Instant } from '#domain/time.ts'
import { roleName } from './role-words.ts'
import { person, type Telling, tell } from './telling.ts'
import { clock, span } from './words.ts'

type Overdue = Extract<TimelineEvent, { kind: 'decision_overdue' }>

/** Who was called, because nobody had looked or decided, and what became of it. */
export function pagingStory(event: PagingEvent | Overdue, at: Instant): Telling {
  switch (event.kind) {
    case 'paged':
      return tell`${event.level}: paged whoever is on call through ${event.via}, because ${event.because}`
    case 'page_acknowledged':
      return tell`${event.via} was told that ${person(event.by)} decided: it calls nobody further`
    case 'page_resolved':
      return tell`${event.via} was told that the incident is over`
    case 'page_failed':
      return tell`${failureText(event)}`
    case 'decision_overdue':
      return tell`nobody has decided within ${span(event.within)}, counted from ${clock(event.since, at)}: called the ${roleName(event.to)} as well`
  }
}

/** What went wrong and, while somebody still has to be called, what to do. */
export function failureText({
  doing,
  why,
  via,
  isFinal,
}: NonNullable<PageState['failure']>): string {
  const reason = `${why}${isFinal ? '' : ' – still trying'}`
  return `${failed[doing]}: ${via} ${reason}. ${remedies[doing]}`
}

const failed = {
  call: 'nobody was paged',
  acknowledge: 'the pager does not know that somebody has decided',
  resolve: 'the pager does not know that the incident is over',
} as const satisfies Record<Asking, string>

const remedies = {
  call: 'Call whoever is on call yourself, by telephone',
  acknowledge: 'Acknowledge it there yourself, or it calls others',
  resolve: 'Resolve it there yourself',
} as const satisfies Record<Asking, string>
