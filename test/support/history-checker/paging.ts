import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Breach } from '../history-checker.ts'
import { breach, type Story } from './story.ts'

const once: readonly TimelineEvent['kind'][] = [
  'page_acknowledged',
  'page_resolved',
  'decision_overdue',
]

/** Nobody is called twice: one page for a round of an incident and a level, one answer to it, and one call of the next level. */
export function paging(story: Story): readonly Breach[] {
  const seen = new Set<string>()
  return story.history.flatMap(({ seq, event }) => {
    const round = 'round' in event && event.round !== undefined ? ` in round ${event.round}` : ''
    const name = `${event.kind === 'paged' ? `paged ${event.level}` : event.kind}${round}`
    if (event.kind !== 'paged' && !once.includes(event.kind)) return []
    const found = seen.has(name) ? [breach('paged', story, seq, `${name} a second time`)] : []
    seen.add(name)
    return found
  })
}
