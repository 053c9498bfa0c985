import type { IncidentState } from '#domain/incident/state.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { mechanisms } from '#domain/rollback/ways.ts'
import type { Instant } from '#domain/time.ts'
import { automationStory } from './automation-story.ts'
import { deciding } from './deciding.ts'
import { leftoverStory } from './leftover-story.ts'
import { protectionStory } from './protection-story.ts'
import { refusalReason } from './refusal-words.ts'
import { roleName } from './role-words.ts'
import { syncStory } from './sync-story.ts'
import { joined, person, quoted, type Telling, tell } from './telling.ts'
import { tookFrom } from './took.ts'
import { span } from './words.ts'

/** What happened to a rollback, in the past tense; without its state, as it was before, steps have numbers and not names. */
export function rollbackStory(
  event: RollbackEvent,
  at: Instant,
  context: {
    readonly incident: Pick<IncidentState, 'service'>
    readonly rollback: RollbackState | undefined
  },
): Telling {
  const { rollback } = context
  switch (event.kind) {
    case 'rollback_requested':
      return tell`${person(event.by)} asked for a rollback${event.to === null ? '' : ` to ${event.to}`}${event.offline ? ', without the database' : ''}: ${quoted(event.reason)}`
    case 'rollback_planned':
      return tell`plan made: ${event.plan.from.name} → ${event.plan.to.name} (${event.plan.chosenBecause}), about ${span(event.plan.expectedMicros)}`
    case 'approval_given':
      return approval(event)
    case 'countdown_begun':
    case 'countdown_stopped':
    case 'automation_approved':
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
      return event.anew
        ? tell`${person(event.by)} chose to have this made once more: ${stepName(rollback, event.step)}`
        : tell`${person(event.by)} chose to keep waiting for: ${stepName(rollback, event.step)}`
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
    case 'turn_taken':
      return checks('its turn has come, what went before is well', event.checks)
    case 'rollback_left':
      return tell`left as it is, nothing of it was touched: ${event.why}`
    case 'leftover_kept':
    case 'leftover_removal_begun':
    case 'leftover_removed':
    case 'leftover_left':
    case 'leftover_spared':
      return leftoverStory(event, rollback?.leftover)
    case 'hold_placed':
    case 'hold_lifted':
    case 'hold_begun':
    case 'hold_enforced':
    case 'hold_released':
    case 'hold_failed':
    case 'freeze_widened':
    case 'version_pinned':
    case 'freeze_begun':
    case 'freeze_raised':
    case 'freeze_lift_authorised':
    case 'freeze_lifted':
    case 'freeze_failed':
      return protectionStory(event, at, context)
    case 'sync_resume_ordered':
    case 'sync_resumed':
    case 'sync_ended':
    case 'sync_reminded':
    case 'sync_failed':
      return syncStory(event, rollback, at)
    case 'undo_authorised':
      return tell`${person(event.by)} as ${roleName(event.as)} ordered the rollback to be taken back: ${quoted(event.reason)}`
    case 'break_glass_reviewed':
      return tell`break-glass reviewed by ${person(event.by)} as ${roleName(event.as)}: ${quoted(event.note)}`
  }
}

function approval(event: Extract<RollbackEvent, { kind: 'approval_given' }>): Telling {
  const broken =
    event.breakGlass === null
      ? tell``
      : tell` by BREAK-GLASS (needed: ${roleName(event.needed)}): ${quoted(event.breakGlass)}`
  const one = event.complete ? '' : ' – one of two'
  return tell`approved by ${person(event.by)} as ${roleName(event.as)} (${span(event.elapsedMicros)} after start)${one}${broken}`
}

function checks(what: string, all: readonly Check[]): Telling {
  const shown = all.slice(0, 9).map(({ result, text }) => tell`${checkMarks[result]} ${text}`)
  return shown.length > 0 ? tell`${what}: ${joined(shown, '  ')}` : tell`${what}`
}

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

const outcomes = {
  recovered: 'recovered',
  not_recovered: 'not recovered',
  unverified: 'recovery not proven: too little to measure',
  stable: 'stable for the whole watch',
  degraded: 'worse again during the watch',
  superseded: 'no longer watched: a later rollback has begun',
} as const
const expiries = {
  request: 'expired: nobody decided in time',
  approval: 'the approval expired: execution had not begun in time',
  schedule: 'expired: it could not begin within its time',
} as const
const touched = { nothing: 'nothing was changed', maybe: 'it may have taken effect' } as const
export const checkMarks = { passed: '✓', failed: '✗', unknown: '?' } as const
