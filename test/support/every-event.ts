import { deliveryId, incidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { instant, minutes } from '#domain/time.ts'
import { pressed, wasAssessed } from '../slack/views/assessments.ts'
import {
  aPlan,
  aPolicy,
  approvedBy,
  aStep,
  at,
  declared,
  measured,
  people,
  planned,
  requested,
  theRollback,
} from './builders.ts'

const rollback = theRollback
const delivery = deliveryId('d9')
const step = 0
const checks = [
  { id: 'error-rate', result: 'failed', text: '5xx 4.8 % (normal 0.1 %)' },
  { id: 'p95', result: 'unknown', text: 'P95 not measured' },
] as const

/** One event of every kind; a new kind does not compile until it is here. */
export const everyEvent: {
  readonly [Kind in TimelineEvent['kind']]: TimelineEvent & { readonly kind: Kind }
} = {
  incident_declared: as('incident_declared', declared()),
  incident_start_changed: {
    kind: 'incident_start_changed',
    startedAt: at('14:10:00'),
    reason: 'the first complaint came in at 14:10',
    by: people.teamLead,
  },
  stricter_start_found: {
    kind: 'stricter_start_found',
    incident: incidentId('inc-20261121-checkout-2c1'),
    startedAt: at('14:05:00'),
  },
  policy_changed: {
    kind: 'policy_changed',
    from: '3f9ac2d41b07',
    policy: { ...pinnedPolicy(aPolicy()), hash: '77ab41c077ab' },
  },
  severity_changed: {
    kind: 'severity_changed',
    from: 'critical',
    to: 'high',
    reason: 'only one region is affected',
    by: people.teamLead,
  },
  channel_opened: {
    kind: 'channel_opened',
    channel: 'C0INC0001',
    name: 'inc-checkout-7f3',
    created: true,
  },
  impact_measured: as('impact_measured', measured({ unavailable: ['throughput'] })),
  evidence_captured: {
    kind: 'evidence_captured',
    items: [{ name: 'checkout-6d9f previous logs', bytes: 18_204, sha256: 'a1b2' }],
    failed: ['events'],
  },
  checklist_ticked: {
    kind: 'checklist_ticked',
    item: 'critical-functions',
    by: people.onCall,
    evidence: 'paid with a test card',
  },
  announced: {
    kind: 'announced',
    template: 'status-identified',
    status: 'identified',
    to: 'status page',
    text: 'Some attempts fail.',
    by: people.teamLead,
  },
  roles_told: {
    kind: 'roles_told',
    roles: ['team-lead'],
    people: [people.teamLead],
    about: 'approved',
  },
  note_added: { kind: 'note_added', text: 'payments-db looks fine', by: people.onCall },
  corrected: { kind: 'corrected', seq: 4, text: 'it was 14:20, not 14:21', by: people.onCall },
  post_mortem_asked: { kind: 'post_mortem_asked', draftOf: rollback, by: people.teamLead },
  incident_closed: {
    kind: 'incident_closed',
    by: 'countermand',
    because: 'stable',
  },
  rollback_requested: as('rollback_requested', requested()),
  rollback_planned: as('rollback_planned', planned(aPlan())),
  approval_given: as('approval_given', approvedBy()),
  decision_refused: {
    kind: 'decision_refused',
    rollback,
    decided: 'approve',
    by: people.outsider,
    because: {
      kind: 'not_now',
      needs: 'team-lead',
      holds: null,
      since: at('14:38:00'),
      reachable: [people.teamLead],
    },
    delivery,
  },
  escalated: { kind: 'escalated', rollback, to: 'team-lead', because: 'window' },
  reminded: { kind: 'reminded', rollback, to: 'team-lead' },
  rollback_rejected: {
    kind: 'rollback_rejected',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    reason: 'the cause is payments-db',
    delivery,
  },
  rollback_cancelled: {
    kind: 'rollback_cancelled',
    rollback,
    by: people.onCall,
    as: 'requester',
    delivery,
  },
  rollback_expired: { kind: 'rollback_expired', rollback, what: 'request' },
  rollback_blocked: { kind: 'rollback_blocked', rollback, why: 'v2.2.1 was deleted' },
  approval_voided: { kind: 'approval_voided', rollback, why: 'someone deployed v2.3.1' },
  execution_started: { kind: 'execution_started', rollback },
  step_started: { kind: 'step_started', rollback, step },
  step_applied: { kind: 'step_applied', rollback, step },
  step_succeeded: { kind: 'step_succeeded', rollback, step },
  step_failed: {
    kind: 'step_failed',
    rollback,
    step,
    message: 'the pods did not become ready',
    changed: 'maybe',
  },
  step_retried: { kind: 'step_retried', rollback, step, by: people.onCall, delivery },
  undo_started: { kind: 'undo_started', rollback, step },
  undo_applied: { kind: 'undo_applied', rollback, step },
  undo_succeeded: { kind: 'undo_succeeded', rollback, step },
  undo_failed: {
    kind: 'undo_failed',
    rollback,
    step,
    message: 'the API server answered 403',
    changed: 'nothing',
  },
  progressed: {
    kind: 'progressed',
    rollback,
    step,
    ready: 8,
    wanted: 12,
    note: 'pulling the image',
  },
  budget_spent: { kind: 'budget_spent', rollback, budgetMicros: minutes(3) },
  collapsed: {
    kind: 'collapsed',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    reason: 'customers cannot pay',
    steps: [aStep('all pods at once')],
    delivery,
  },
  execution_completed: { kind: 'execution_completed', rollback },
  checked: { kind: 'checked', rollback, phase: 'verification', checks },
  verified: { kind: 'verified', rollback, outcome: 'not_recovered', checks },
  watch_ended: { kind: 'watch_ended', rollback, outcome: 'degraded', checks },
  hold_placed: { kind: 'hold_placed', rollback, revision: 'sha256:9f1c', name: 'v2.3.0' },
  hold_lifted: {
    kind: 'hold_lifted',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    reason: 'fixed in v2.3.2',
    delivery,
  },
  freeze_begun: {
    kind: 'freeze_begun',
    rollback,
    until: at('16:31:00'),
    scope: [aPlan().target],
  },
  freeze_raised: { kind: 'freeze_raised', rollback, until: at('16:31:00') },
  freeze_lift_authorised: {
    kind: 'freeze_lift_authorised',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    reason: 'the fix must go out',
    delivery,
  },
  freeze_lifted: { kind: 'freeze_lifted', rollback, because: 'person' },
  freeze_failed: {
    kind: 'freeze_failed',
    rollback,
    doing: 'raise',
    why: 'not allowed to patch configmaps',
    isFinal: true,
  },
  journal_imported: {
    kind: 'journal_imported',
    journal: 'jrn-checkout-7fk3qd',
    first: 1,
    entries: 14,
    from: instant(1_795_270_980_000_000),
    to: instant(1_795_271_400_000_000),
  },
  undo_authorised: {
    kind: 'undo_authorised',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    reason: 'v2.2.1 is worse',
    delivery,
  },
  break_glass_reviewed: {
    kind: 'break_glass_reviewed',
    rollback,
    by: people.teamLead,
    as: 'team-lead',
    note: 'right under the circumstances',
    delivery,
  },
  assessed: wasAssessed(),
  assessment_shown: pressed.shown,
  impact_stated: pressed.stated,
  statement_withdrawn: pressed.withdrawn,
  service_watch_begun: pressed.watched,
  service_watch_ended: pressed.ended,
  no_incident_said: pressed.noIncident,
  owner_asked: pressed.asked,
}

function as<Kind extends TimelineEvent['kind']>(
  kind: Kind,
  event: TimelineEvent,
): TimelineEvent & { readonly kind: Kind } {
  if (event.kind !== kind) throw new Error(`${event.kind} is not ${kind}`)
  return event as TimelineEvent & { readonly kind: Kind }
}
