import type { TimelineEvent } from '#domain/incident/events.ts'

type Kind = TimelineEvent['kind']

/**
 * How loud an event is in the incident's channel. `milestone`: broadcast from the thread to the channel. `line`: stays in the
 * thread. `silent`: on the timeline only – it is the trace of something the card or another line already shows.
 */
const loudness = {
  incident_declared: 'line',
  incident_start_changed: 'line',
  policy_changed: 'milestone',
  stricter_start_found: 'line',
  severity_changed: 'milestone',
  channel_opened: 'silent',
  impact_measured: 'line',
  evidence_captured: 'line',
  checklist_ticked: 'line',
  announced: 'line',
  roles_told: 'line',
  note_added: 'line',
  corrected: 'line',
  post_mortem_asked: 'silent',
  journal_imported: 'milestone',
  incident_closed: 'milestone',
  rollback_requested: 'line',
  rollback_planned: 'line',
  approval_given: 'milestone',
  decision_refused: 'line',
  escalated: 'milestone',
  reminded: 'silent',
  rollback_rejected: 'milestone',
  rollback_cancelled: 'milestone',
  rollback_expired: 'milestone',
  rollback_blocked: 'milestone',
  approval_voided: 'milestone',
  execution_started: 'line',
  step_started: 'silent',
  step_applied: 'silent',
  step_succeeded: 'line',
  undo_started: 'line',
  undo_applied: 'silent',
  undo_succeeded: 'line',
  step_failed: 'milestone',
  undo_failed: 'milestone',
  step_retried: 'line',
  progressed: 'silent',
  budget_spent: 'milestone',
  collapsed: 'milestone',
  execution_completed: 'milestone',
  checked: 'silent',
  verified: 'milestone',
  watch_ended: 'milestone',
  hold_placed: 'line',
  hold_lifted: 'line',
  freeze_begun: 'silent',
  freeze_raised: 'line',
  freeze_lift_authorised: 'line',
  freeze_lifted: 'line',
  freeze_failed: 'line',
  undo_authorised: 'milestone',
  break_glass_reviewed: 'milestone',
  assessed: 'line',
  assessment_shown: 'silent',
  impact_stated: 'line',
  statement_withdrawn: 'line',
  service_watch_begun: 'line',
  service_watch_ended: 'line',
  no_incident_said: 'line',
  owner_asked: 'line',
} as const satisfies Record<Kind, 'milestone' | 'line' | 'silent'>

/** Gets a line in the thread. */
export const isShown = (event: TimelineEvent): boolean => loudness[event.kind] !== 'silent'
/** Its line is broadcast to the channel as well. */
export const isMilestone = (event: TimelineEvent): boolean => loudness[event.kind] === 'milestone'
