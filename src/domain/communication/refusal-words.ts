import type { Refusal } from '#domain/authority/refusal.ts'
import type { Instant } from '#domain/time.ts'
import { phaseWords } from './phase-words.ts'
import { roleName, spaced } from './role-words.ts'
import { type Telling, tell } from './telling.ts'
import { clock, list } from './words.ts'

/** The rule alone, for the timeline: nobody is addressed there. */
export function refusalReason(refusal: Refusal, at: Instant): Telling {
  switch (refusal.kind) {
    case 'not_now':
      return tell`since ${clock(refusal.since, at)} it needs the ${roleName(refusal.needs)}, they hold ${refusal.holds ? roleName(refusal.holds) : 'no role'}`
    case 'not_a_member':
      return tell`not a full member of the workspace (${refusal.why})`
    case 'plan_changed':
      return tell`the plan had changed: ${refusal.why}`
    case 'already_decided':
      return tell`already ${refusal.as}`
    case 'already_counted':
      return tell`had approved already, each person counts once`
    case 'expired':
      return tell`expired at ${clock(refusal.at, at)}`
    case 'second_person_needed':
      return tell`two people are needed, and they are one of them`
    case 'acknowledgement_needed':
      return tell`the warnings were not accepted in writing (${list(refusal.warnings.map(spaced))})`
    case 'reason_needed':
      return tell`no reason was given`
    case 'role_source_down':
      return tell`${refusal.source} did not answer who is ${roleName(refusal.role)}`
    case 'nothing_to_decide':
      return tell`nothing to decide on, it was ${phaseWords(refusal.phase)}`
    case 'not_the_requester':
      return tell`neither the requester nor the ${roleName(refusal.needs)}`
    case 'below_approver':
      return refusal.over === undefined
        ? tell`needs at least the ${roleName(refusal.needs)}, as the approval did`
        : tell`needs at least the ${roleName(refusal.needs)} of ${refusal.over}, too`
    case 'not_for_break_glass':
      return tell`holds no role of the service`
    case 'wrong_place':
      return tell`the button belongs to another message`
  }
}
