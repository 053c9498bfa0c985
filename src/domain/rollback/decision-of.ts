import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Decided } from './events.ts'

/** What somebody decided, as the event tells that it was allowed; `undefined` for events that are no decision. */
export const decisionOf = ({ kind }: TimelineEvent): Decided | undefined => decisions[kind]

const decisions: Partial<Record<TimelineEvent['kind'], Decided>> = {
  approval_given: 'approve',
  rollback_rejected: 'reject',
  rollback_cancelled: 'cancel',
  undo_authorised: 'undo',
  collapsed: 'collapse',
  step_retried: 'keep-waiting',
  way_left: 'next-way',
  hold_lifted: 'lift-hold',
  leftover_spared: 'keep-former',
  sync_resume_ordered: 'resume-sync',
  freeze_lift_authorised: 'lift-freeze',
  freeze_widened: 'widen-freeze',
  version_pinned: 'pin',
  countdown_stopped: 'pause-automation',
  break_glass_reviewed: 'review-break-glass',
}
