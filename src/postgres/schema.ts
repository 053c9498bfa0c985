import { z } from 'zod'
import type { TimelineEvent } from '#domain/incident/events.ts'

const kinds = {
  incident_declared: true,
  incident_start_changed: true,
  policy_changed: true,
  stricter_start_found: true,
  severity_changed: true,
  channel_opened: true,
  impact_measured: true,
  evidence_captured: true,
  checklist_ticked: true,
  announced: true,
  roles_told: true,
  note_added: true,
  corrected: true,
  post_mortem_asked: true,
  journal_imported: true,
  alert_fired: true,
  alert_resolved: true,
  alerts_withheld: true,
  proposal_refused: true,
  incident_closed: true,
  rollback_requested: true,
  rollback_planned: true,
  rollback_blocked: true,
  approval_given: true,
  countdown_begun: true,
  countdown_stopped: true,
  automation_approved: true,
  decision_refused: true,
  escalated: true,
  reminded: true,
  rollback_rejected: true,
  rollback_cancelled: true,
  rollback_expired: true,
  approval_voided: true,
  execution_started: true,
  step_started: true,
  step_applied: true,
  step_succeeded: true,
  undo_started: true,
  undo_applied: true,
  undo_succeeded: true,
  step_failed: true,
  undo_failed: true,
  step_retried: true,
  progressed: true,
  budget_spent: true,
  collapsed: true,
  execution_completed: true,
  checked: true,
  verified: true,
  watch_ended: true,
  hold_placed: true,
  hold_lifted: true,
  hold_begun: true,
  hold_enforced: true,
  hold_released: true,
  hold_failed: true,
  freeze_begun: true,
  freeze_raised: true,
  freeze_lift_authorised: true,
  freeze_lifted: true,
  freeze_failed: true,
  freeze_widened: true,
  undo_authorised: true,
  break_glass_reviewed: true,
  assessed: true,
  assessment_shown: true,
  impact_stated: true,
  statement_withdrawn: true,
  service_watch_begun: true,
  service_watch_ended: true,
  no_incident_said: true,
  owner_asked: true,
  automation_set_up: true,
  automation_fired: true,
  automation_carried_out: true,
  automation_switched: true,
} as const satisfies Record<TimelineEvent['kind'], true>

/**
 * An event as it was stored. Its hash vouches for its fields; what can differ is a kind that a newer
 * version writes, and then it is better to stop than to leave it out of the reckoning.
 */
export const StoredEvent = z.custom<TimelineEvent>(
  (value) =>
    isObject(value) && typeof value['kind'] === 'string' && Object.hasOwn(kinds, value['kind']),
  { error: 'an event of a kind that this version does not know' },
)

/** When, and by whom, something was done that a journal tells of. */
export const Past = z.object({ at: z.number(), actor: z.string() })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
