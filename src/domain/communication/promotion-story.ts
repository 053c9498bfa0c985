import type { PromotionEvent } from '#domain/promotion/events.ts'
import { saysOf } from '#domain/promotion/items.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { leftoverStory } from './leftover-story.ts'
import { promotionActs, promotionRefusalReason } from './promotion-refusals.ts'
import { roleName } from './role-words.ts'
import { joined, person, quoted, type Telling, tell } from './telling.ts'

/** What happened to a canary on its way, in the past tense. */
export function promotionStory(event: PromotionEvent, state?: PromotionState): Telling {
  const { service } = event
  const named = (leg: number, step: number): string =>
    (state?.leg?.number === leg ? state.leg.steps[step]?.name : undefined) ??
    `number ${step + 1} of move ${leg}`
  switch (event.kind) {
    case 'promotion_requested':
      return event.by === 'countermand'
        ? tell`a canary of ${service} was seen: it is measured from here on`
        : tell`${person(event.by)} asked for the canary of ${service} to be promoted${upTo(event.to)}${event.isStricter ? ', in small steps because the one before was taken back' : ''}`
    case 'promotion_joined':
      return tell`${person(event.by)} asked for it${upTo(event.to)}`
    case 'promotion_looked':
      return tell`looked: ${seen(event)}`
    case 'promotion_ticked':
      return tell`${person(event.by)} says “${saysOf(event.item)}” ${event.holds ? 'holds' : 'does not hold'}: ${quoted(event.value)}`
    case 'promotion_tested':
      return tell`${event.source} reports: ${saysOf(event.item).replace(/ passed$/, '')} ${event.passed ? 'passed' : 'failed'}${event.value === '' ? '' : tell`, ${quoted(event.value)}`}`
    case 'promotion_gate_opened':
      return event.unmeasured
        ? tell`the time at ${event.at} % is over, and it is not known whether it may go on: ${event.unmeasured.join('; ')}`
        : tell`the time at ${event.at} % is over, and everything that is measured passes`
    case 'promotion_gate_missed':
      return tell`gate missed at ${event.at} %: ${event.because} – ${advice[event.advice]}`
    case 'promotion_approved':
      return tell`${goingTo(event.share)} approved by ${person(event.by)} as ${roleName(event.as)}`
    case 'promotion_advanced':
      return tell`${goingTo(event.share)} by itself, as configured: every item of the gate holds`
    case 'canary_away_ordered':
      return tell`${person(event.by)} as ${roleName(event.as)} has the canary taken away: ${quoted(event.reason)}`
    case 'promotion_held':
      return tell`held by ${person(event.by)} as ${roleName(event.as)}: nothing goes on until the hold is ended`
    case 'canary_hold_placed':
      return tell`it stands still: ${event.how}`
    case 'promotion_resumed':
      return tell`hold ended by ${person(event.by)} as ${roleName(event.as)}`
    case 'promotion_refused':
      return tell`${person(event.by)} tried to ${promotionActs[event.act]} and was refused: ${promotionRefusalReason(event.because)}`
    case 'promotion_voided':
      return tell`approval void, nothing was changed: ${event.why}`
    case 'promotion_stopped':
      return tell`the move was stopped on its way: ${event.why}`
    case 'promotion_began':
      return tell`move ${event.leg} began${event.plan ? `: ${event.plan.how}` : ''}`
    case 'canary_away_again':
      return tell`the canary had moved: what is to be done is planned once more`
    case 'canary_step_started':
      return tell`step begun: ${named(event.leg, event.step)}`
    case 'canary_step_applied':
      return tell`step applied: ${named(event.leg, event.step)}`
    case 'canary_step_succeeded':
      return tell`step done: ${named(event.leg, event.step)}`
    case 'canary_step_failed':
      return tell`step failed: ${named(event.leg, event.step)} – ${event.message} (${touched[event.changed]})`
    case 'canary_progressed':
      return tell`${event.ready} of ${event.wanted} ready${event.note === '' ? '' : ` – ${event.note}`}`
    case 'canary_moved':
      return tell`all steps of move ${event.leg} done; now looking whether it is in effect`
    case 'promotion_retried':
      return tell`${person(event.by)} as ${roleName(event.as)} has move ${event.leg} tried again`
    case 'canary_reached':
      return checked(
        event.share === 0 ? 'the canary is gone' : `the canary takes ${event.share} %`,
        event.checks,
      )
    case 'canary_not_reached':
      return checked('not seen in effect', event.checks)
    case 'promotion_ended':
      return tell`promotion over: ${event.why}`
    case 'leftover_kept':
    case 'leftover_removal_begun':
    case 'leftover_removed':
    case 'leftover_left':
    case 'leftover_spared':
      return leftoverStory(event, state?.leftover)
  }
}

type Of<Kind extends PromotionEvent['kind']> = Extract<PromotionEvent, { kind: Kind }>

const upTo = (share: number): string => (share === 100 ? '' : ` up to ${share} %`)
export const goingTo = (share: number): string =>
  share === 100 ? 'promotion in full' : `promotion to ${share} %`

function seen({ look: { canary, figures } }: Of<'promotion_looked'>): string {
  const { counts } = figures
  const where = `${canary.canary?.name ?? 'no canary'} beside ${canary.stable.name} at ${canary.share} %`
  return counts.kind === 'compared'
    ? `${where}, ${counts.canary.errors} of ${counts.canary.requests} requests failed, ${counts.baseline.errors} of ${counts.baseline.requests} beside it`
    : `${where}, ${counts.why}`
}

const checked = (what: string, checks: Of<'canary_reached'>['checks']): Telling =>
  checks.length === 0
    ? tell`${what}`
    : tell`${what}: ${joined(
        checks.slice(0, 9).map(({ result, text }) => tell`${marks[result]} ${text}`),
        '  ',
      )}`

const marks = { passed: '✓', failed: '✗', unknown: '?' } as const
const touched = { nothing: 'nothing was changed', maybe: 'it may have taken effect' } as const
/** As the ladder and the bands say (policy §4, §6). */
export const advice = {
  hold: 'hold it here and look',
  'roll-back': 'roll the canary back now',
  investigate: 'investigate before going on',
} as const
