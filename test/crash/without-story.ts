import type { TimelineEvent } from '#domain/incident/events.ts'

/**
 * What no story writes, and why not. Whatever else an event may be is written by a story, and so hit in every way before and after it
 * is written: a kind that is new fails `covered.test.ts` until it has a story, or a line here.
 */
export const withoutStory: Readonly<Partial<Record<TimelineEvent['kind'], string>>> = {
  stricter_start_found: 'takes two incidents of one service; written like every turn of `advance`',
  policy_changed:
    'takes another configuration: test/jobs and test/scenarios start processes with one',
  policy_unreviewed:
    'takes another configuration as well; written in the place of incident_declared',
  configuration_changed: 'written while a process starts, before anybody watches it',
  policy_reviewed: 'takes another configuration; decided by a command as automation_switched is',
  checklist_ticked: 'said by a button as a note is by a command',
  alerts_withheld: 'takes a storm: test/webhooks/webhooks.test.ts',
  proposal_refused: 'written by the job that proposes for an alert, in the place of the proposal',
  decision_refused: 'written where an approval would be',
  rollback_blocked: 'written where a plan would be',
  reminded: 'written by the same turn as an escalation',
  undo_failed:
    'waits for people as step_failed does, which a story hits; no kill hits this one: test/workflows/removed-service.test.ts plays it calmly',
  hold_failed: 'written where hold_enforced would be',
  freeze_failed: 'written where freeze_raised would be',
  freeze_widened: 'would freeze every story beside it',
  version_pinned: 'decided by a form as a lifted freeze is, and carried out as a raised one',
  journal_imported:
    'takes a journal: test/cli/journal-import-killed.test.ts kills whoever adds one at each boundary',
  break_glass_reviewed: 'decided by a form as a lifted hold is',
  statement_withdrawn: 'decided by a button as impact_stated is by a form',
  promotion_joined: 'asked for as promotion_requested is, of one that is there already',
  promotion_tested: 'written with promotion_looked: test/workflows/promotion/promotion.test.ts',
  promotion_advanced: 'written with promotion_looked, in the place of promotion_gate_opened',
  promotion_refused: 'written where an approval would be',
  promotion_voided: 'written where promotion_began would be',
  promotion_stopped:
    'takes a rollback of what is being promoted, or a canary that failed: test/workflows/promotion/promotion-troubles.test.ts dies between it and the rollback, decided-anew.test.ts plays the other calmly',
  canary_away_again: 'written where canary_step_failed would be',
  canary_step_failed: 'written where canary_step_succeeded would be',
  canary_progressed: 'written with canary_step_succeeded',
  canary_not_reached: 'written where canary_reached would be',
  promotion_retried: 'decided by a button as promotion_resumed is',
  leftover_spared: 'decided by a button as promotion_resumed is',
  sync_ended:
    'takes somebody who lets the sync go on past us; written where sync_reminded would be',
  sync_failed: 'written where sync_resumed would be',
  automation_set_up: 'written while a process starts, before anybody watches it',
}

/** What no story comes to, and why not. */
export const changesWithoutStory: Readonly<Record<string, string>> = {
  'compose set_running':
    'stands a service of Compose still for a schema, as `kubernetes set_scale` does an app in the cluster: test/executors/compose/quiescer.test.ts',
  'database nothing': 'changes nothing',
  'kubernetes nothing': 'changes nothing',
  'kubernetes shut_gates': 'only takes open_gates back: test/flagger/rollback.test.ts',
}
