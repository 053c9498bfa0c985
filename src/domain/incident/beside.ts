import type { Recorded, TimelineEvent } from './events.ts'

/** What is said, measured or noted beside a rollback: it changes nothing about what is done next. */
const kinds: ReadonlySet<TimelineEvent['kind']> = new Set<TimelineEvent['kind']>([
  'channel_opened',
  'impact_measured',
  'evidence_captured',
  'checklist_ticked',
  'announced',
  'roles_told',
  'note_added',
  'corrected',
  'post_mortem_asked',
  'journal_imported',
  'alert_fired',
  'alert_resolved',
  'alerts_withheld',
  'proposal_refused',
  'paged',
  'page_acknowledged',
  'page_resolved',
  'page_failed',
  'decision_overdue',
])

/** Whether work that was begun before this was written can go on as if it had been known. */
export const isBeside = ({ event }: Recorded): boolean => kinds.has(event.kind)
