import { assessmentStory } from './assessment-story.ts'
import { deciding } from './deciding.ts'
import { automationStory } from './automation-story.ts'
import { alertStory } from './alert-story.ts'
import { checklistText } from '#domain/checklist/items.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { HeldBy } from '#domain/rollback/hold.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { mechanisms } from '#domain/rollback/ways.ts'
import { frozenNames } from './freeze-words.ts'
import { clock, count, list, span, stamp } from './words.ts'
import type { Instant } from '#domain/time.ts'
import { imagesText } from './hold-words.ts'
import { figureText, unmeasuredText } from './figures.ts'
import { joined, person, quoted, type Telling, tell } from './telling.ts'
import { pagingStory } from './paging-words.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { promotionStory } from './promotion-story.ts'
import { syncStory } from './sync-story.ts'
import { refusalReason } from './refusal-words.ts'
import { tookFrom } from './took.ts'
import { templateTitle } from './templates.ts'
import { roleList, roleName } from './role-words.ts'

export interface StoryContext {
  readonly incident: Pick<IncidentState, 'service'>
  /** The rollback the event is about. */
  readonly rollback: RollbackState | undefined
  /** The promotion that it is about, as it stood before; without it the steps of a move have numbers, not names. */
  readonly promotion?: PromotionState
}

/** What happened, in the past tense, without the time in front. */
export function story(recorded: Recorded, context: StoryContext): Telling {
  const { rollback } = context
  const isOfSeveral = rollback?.together !== undefined && 'rollback' in recorded.event
  const told = plainStory(recorded, context)
  return isOfSeveral ? tell`${rollback.service}: ${told}` : told
}

function plainStory({ event, at }: Recorded, context: StoryContext): Telling {
  const { rollback, incident } = context
  if ('promotion' in event) return promotionStory(event, context.promotion)
  switch (event.kind) {
    case 'incident_declared':
      return tell`incident declared: ${event.title} – ${event.severity}, began ${clock(event.startedAt, at)}, noticed by ${event.detectedBy}`
    case 'incident_start_changed':
      return tell`${person(event.by)} set the start to ${clock(event.startedAt, at)}: ${quoted(event.reason)}`
    case 'stricter_start_found':
      return tell`${event.incident}, open for the same service, began at ${clock(event.startedAt, at)}: who may decide is reckoned from there`
    case 'policy_changed':
      return tell`the policy was changed (version ${version(event.from)} → ${version(event.policy.hash)}): from here on the stricter of the two decides, minute by minute`
    case 'policy_unreviewed':
      return tell`a change of the policy is not reviewed yet: the stricter of it and the one before (version ${version(event.policy.hash)}) decides, minute by minute`
    case 'configuration_changed':
      return tell`configuration ${version(event.hash)} came into force, with version ${version(event.policy.hash)} of the policy`
    case 'policy_reviewed':
      return tell`${person(event.by)} as ${roleName(event.as)} reviewed version ${version(event.policy)} of the policy: ${event.complete ? 'from here on it decides alone' : 'one of two'}`
    case 'severity_changed':
      return tell`${person(event.by)} changed the severity from ${event.from} to ${event.to}: ${quoted(event.reason)}`
    case 'channel_opened':
      return tell`channel #${event.name} ${event.created ? 'created' : 'in use'}`
    case 'impact_measured':
      return measured(event)
    case 'evidence_captured':
      return tell`evidence captured: ${count(event.items.length, 'file')}${event.failed.length > 0 ? `; could not get ${list(event.failed)}` : ''}`
    case 'checklist_ticked':
      return tell`${person(event.by)} ticked “${checklistText(event.item)}”${event.evidence === '' ? '' : tell`: ${quoted(event.evidence)}`}`
    case 'announced':
      return tell`${person(event.by)} sent “${templateTitle(event.template)}” to ${event.to}`
    case 'roles_told':
      return tell`told the ${roleList(event.roles)}${
        event.people.length > 0
          ? tell` (${joined(
              event.people.slice(0, 10).map((id) => [person(id)]),
              ', ',
            )})`
          : ' – nobody could be found to tell'
      }`
    case 'note_added':
      return tell`${person(event.by)} noted ${quoted(event.text)}`
    case 'corrected':
      return tell`${person(event.by)} corrected line ${event.seq}: ${quoted(event.text)}`
    case 'post_mortem_asked':
      return tell`${person(event.by)} asked for the draft of the post-mortem`
    case 'journal_imported':
      return tell`${count(event.entries, 'event')} from ${stamp(event.from)} to ${stamp(event.to)} added from a journal: two people decided while the database was away. The times are their machine’s. To be reviewed`
    case 'alert_fired':
    case 'alert_resolved':
    case 'alerts_withheld':
    case 'proposal_refused':
      return alertStory(event, at)
    case 'paged':
    case 'page_acknowledged':
    case 'page_resolved':
    case 'page_failed':
    case 'decision_overdue':
      return pagingStory(event, at)
    case 'incident_closed':
      return tell`incident closed by ${person(event.by)}: ${closing[event.because]}`
    case 'rollback_requested':
      return tell`${person(event.by)} asked for a rollback${event.to === null ? '' : ` to ${event.to}`}${event.offline ? ', without the database' : ''}: ${quoted(event.reason)}`
    case 'rollback_planned':
      return tell`plan made: ${event.plan.from.name} → ${event.plan.to.name} (${event.plan.chosenBecause}), about ${span(event.plan.expectedMicros)}`
    case 'approval_given':
      return approval(event)
    case 'countdown_begun':
    case 'countdown_stopped':
    case 'automation_approved':
    case 'automation_set_up':
    case 'automation_fired':
    case 'automation_carried_out':
    case 'automation_switched':
      return automationStory(event, at)
    case 'decision_refused':
      return tell`${person(event.by)} tried to ${deciding[event.decided]} and was refused: ${refusalReason(event.because, at)}`
    case 'escalated':
      return tell`now needs the ${roleName(event.to)}: the time of the level below is over`
    case 'reminded':
      return tell`nobody has decided yet: asked the ${roleName(event.to)} again`
    case 'rollback_rejected':
      return tell`rejected by ${person(event.by)} as ${roleName(event.as)}${event.reason === '' ? '' : tell`: ${quoted(event.reason)}`}`
    case 'rollback_cancelled':
      return tell`cancelled by ${person(event.by)} as ${roleName(event.as)}`
    case 'rollback_expired':
      return tell`${expiries[event.what]}`
    case 'rollback_blocked':
      return tell`no plan possible: ${event.why}`
    case 'approval_voided':
      return tell`approval void, nothing was changed: ${event.why}`
    case 'execution_started':
      return tell`execution began`
    case 'step_started':
      return tell`step begun: ${stepName(rollback, event.step)}`
    case 'step_applied':
      return tell`step applied: ${stepName(rollback, event.step)}`
    case 'step_succeeded':
      return tell`step done: ${stepName(rollback, event.step)}`
    case 'step_failed':
      return tell`step failed: ${failedName(rollback, event.step)} – ${event.message} (${touched[event.changed]})`
    case 'way_left':
      return tell`${person(event.by)} as ${roleName(event.as)} chose to go another way than to ${mechanisms[event.mechanism].says}; a new plan follows`
    case 'step_retried':
      return tell`${person(event.by)} chose to keep waiting for: ${stepName(rollback, event.step)}`
    case 'undo_started':
      return tell`taking back: ${stepName(rollback, event.step)}`
    case 'undo_applied':
      return tell`taken back, waiting for its effects: ${stepName(rollback, event.step)}`
    case 'undo_succeeded':
      return tell`${rollback?.steps[event.step]?.stays ? 'left as it is' : 'taken back'}: ${stepName(rollback, event.step)}`
    case 'undo_failed':
      return tell`could not take back: ${stepName(rollback, event.step)} – ${event.message} (${touched[event.changed]}). Stuck: a person must look`
    case 'progressed':
      return tell`${event.ready} of ${event.wanted} ready${event.note === '' ? '' : ` – ${event.note}`}`
    case 'budget_spent':
      return tell`over its budget of ${span(event.budgetMicros)}; the next decision needs one level more`
    case 'collapsed':
      return tell`${person(event.by)} as ${roleName(event.as)} finished the rest at once: ${quoted(event.reason)}`
    case 'execution_completed':
      return tell`all steps done${after(rollback, at)}; now checking that it recovers`
    case 'checked':
      return checks('looked', event.checks)
    case 'verified':
      return checks(outcomes[event.outcome], event.checks)
    case 'watch_ended':
      return checks(outcomes[event.outcome], event.checks)
    case 'hold_placed':
      return tell`${event.name} held: it counts as bad until someone lifts the hold`
    case 'hold_lifted':
      return tell`hold lifted by ${person(event.by)} as ${roleName(event.as)}: ${quoted(event.reason)}`
    case 'hold_begun':
      return tell`asking the cluster to refuse ${rollback?.hold?.name ?? 'the held version'}`
    case 'hold_enforced':
      return tell`${refusedBy(rollback?.hold?.name ?? 'the held version', event.by)}`
    case 'hold_released':
      return tell`${rollback?.hold?.name ?? 'the version'} is refused no longer: it may be deployed again`
    case 'hold_failed':
      return tell`${failedHolds[event.doing]}: ${event.why}${event.isFinal ? '' : ' – still trying'}`
    case 'turn_taken':
      return checks('its turn has come, what went before is well', event.checks)
    case 'rollback_left':
      return tell`left as it is, nothing of it was touched: ${event.why}`
    case 'sync_resume_ordered':
    case 'sync_resumed':
    case 'sync_reminded':
    case 'sync_failed':
      return syncStory(event, rollback)
    case 'freeze_widened':
      return tell`${person(event.by)} as ${roleName(event.as)} widened the freeze of deploys to ${list(event.services)}: ${quoted(event.reason)}`
    case 'freeze_begun':
      return tell`freezing deploys of ${rollback ? frozenNames(rollback) : incident.service} until ${clock(event.until, at)}`
    case 'freeze_raised':
      return tell`deploys of ${list([rollback ? frozenNames(rollback) : incident.service, ...(event.isWide ? (rollback?.freeze.wider?.services ?? []) : [])])} frozen until ${clock(event.until, at)}`
    case 'freeze_lift_authorised':
      return tell`${person(event.by)} as ${roleName(event.as)} ordered the freeze of deploys lifted: ${quoted(event.reason)}`
    case 'freeze_lifted':
      return tell`${thaws[event.because]}${event.because === 'taken_over' && rollback?.freeze.wider ? tell`; those of ${list(rollback.freeze.wider.services)} are open again` : ''}`
    case 'freeze_failed':
      return tell`${failedFreezes[event.doing]}: ${event.why}${event.isFinal ? '' : ' – still trying'}`
    case 'undo_authorised':
      return tell`${person(event.by)} as ${roleName(event.as)} ordered the rollback to be taken back: ${quoted(event.reason)}`
    case 'break_glass_reviewed':
      return tell`break-glass reviewed by ${person(event.by)} as ${roleName(event.as)}: ${quoted(event.note)}`
    case 'assessed':
    case 'assessment_shown':
    case 'impact_stated':
    case 'statement_withdrawn':
    case 'service_watch_begun':
    case 'service_watch_ended':
    case 'no_incident_said':
    case 'owner_asked':
      return assessmentStory(event, at)
  }
}

type Of<Kind extends TimelineEvent['kind']> = Extract<TimelineEvent, { kind: Kind }>

function approval(event: Of<'approval_given'>): Telling {
  const broken =
    event.breakGlass === null
      ? tell``
      : tell` by BREAK-GLASS (needed: ${roleName(event.needed)}): ${quoted(event.breakGlass)}`
  const one = event.complete ? '' : ' – one of two'
  return tell`approved by ${person(event.by)} as ${roleName(event.as)} (${span(event.elapsedMicros)} after start)${one}${broken}`
}

function measured({ figures, unavailable }: Of<'impact_measured'>): Telling {
  if (figures.length === 0) return tell`impact not measured: ${unmeasuredText(unavailable)}`
  const shown = figures.map(figureText).join(', ')
  return tell`impact measured: ${shown}${unavailable.length === 0 ? '' : `; ${unmeasuredText(unavailable)}`}`
}

function checks(what: string, all: Of<'checked'>['checks']): Telling {
  const shown = all.slice(0, 9).map(({ result, text }) => tell`${checkMarks[result]} ${text}`)
  return shown.length > 0 ? tell`${what}: ${joined(shown, '  ')}` : tell`${what}`
}

/** What the change was to bring about, where the change itself had been made. */
/** `, 41 s after approval`. */
function after(rollback: RollbackState | undefined, at: Instant): string {
  const known = rollback && tookFrom(rollback, at)
  return known ? `, ${known.took} after ${known.from}` : ''
}

const failedName = (rollback: RollbackState | undefined, index: number): string =>
  (rollback?.failure?.applied ? rollback.steps[index]?.settles : undefined) ??
  stepName(rollback, index)

const stepName = (rollback: RollbackState | undefined, index: number): string =>
  rollback?.steps[index]?.name ?? `step ${index + 1}`

/** Enough of a hash to tell two apart. */
const version = (hash: string): string => hash.slice(0, 6)

const outcomes = {
  recovered: 'recovered',
  not_recovered: 'not recovered',
  unverified: 'recovery not proven: too little to measure',
  stable: 'stable for the whole watch',
  degraded: 'worse again during the watch',
  superseded: 'no longer watched: a later rollback has begun',
} as const
const thaws = {
  person: 'deploys are open again',
  ended: 'freeze of deploys ended with the rollback: deploys are open again',
  expired: 'freeze of deploys ended, its time is over: deploys are open again',
  taken_over: 'the later rollback keeps deploys frozen from here on',
} as const
const failedFreezes = {
  raise: 'deploys are not frozen',
  lift: 'the freeze of deploys could not be lifted',
} as const
/** `deploys of v2.3.0 are refused, by shop/checkout:2.3.0`. */
const refusedBy = (name: string, by: HeldBy): string =>
  by.kind === 'image'
    ? `deploys of ${name} are refused from here on, wherever they name ${imagesText(by.images)}`
    : `deploys of ${name} are refused from here on, as it was configured`
const failedHolds = {
  enforce: 'the cluster does not refuse the held version',
  release: 'the cluster still refuses the version',
} as const
const closing = {
  stable: 'stable for the whole watch',
  quiet: 'nothing has happened for a while',
} as const
const expiries = {
  request: 'expired: nobody decided in time',
  approval: 'the approval expired: execution had not begun in time',
  schedule: 'expired: it could not begin within its time',
} as const
const touched = { nothing: 'nothing was changed', maybe: 'it may have taken effect' } as const
export const checkMarks = { passed: '✓', failed: '✗', unknown: '?' } as const
