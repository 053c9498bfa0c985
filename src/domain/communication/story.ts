import { assessmentStory } from './assessment-story.ts'
import { automationStory } from './automation-story.ts'
import { alertStory } from './alert-story.ts'
import { checklistText } from '#domain/checklist/items.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { clock, count, list, stamp } from './words.ts'
import { figureText, unmeasuredText } from './figures.ts'
import { joined, person, quoted, type Telling, tell } from './telling.ts'
import { pagingStory } from './paging-words.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { promotionStory } from './promotion-story.ts'
import { rollbackStory } from './rollback-story.ts'
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
  if ('promotion' in event) return promotionStory(event, context.promotion)
  if ('rollback' in event) return rollbackStory(event, at, context)
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
    case 'automation_set_up':
    case 'automation_fired':
    case 'automation_carried_out':
    case 'automation_switched':
      return automationStory(event, at)
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

function measured({ figures, unavailable }: Of<'impact_measured'>): Telling {
  if (figures.length === 0) return tell`impact not measured: ${unmeasuredText(unavailable)}`
  const shown = figures.map(figureText).join(', ')
  return tell`impact measured: ${shown}${unavailable.length === 0 ? '' : `; ${unmeasuredText(unavailable)}`}`
}

/** Enough of a hash to tell two apart. */
const version = (hash: string): string => hash.slice(0, 6)

const closing = {
  stable: 'stable for the whole watch',
  quiet: 'nothing has happened for a while',
} as const
