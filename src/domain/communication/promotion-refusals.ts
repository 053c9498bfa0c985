import type { PromotionAct } from '#domain/promotion/events.ts'
import { saysOf } from '#domain/promotion/items.ts'
import type { PromotionRefusal } from '#domain/promotion/refusal.ts'
import { roleName } from './role-words.ts'
import { joined, person, type Telling, tell } from './telling.ts'
import { list } from './words.ts'

/** As in `tried to …`. */
export const promotionActs = {
  forward: 'promote it',
  away: 'take the canary away',
  hold: 'hold it',
  'go-on': 'end the hold',
  tick: 'tick an item of its gate',
  keep: 'keep what it left',
  'try-again': 'try it again',
} as const satisfies Record<PromotionAct, string>

/** As the commands are called where it is said. */
interface Called {
  readonly rollback: string
  readonly promote: string
  /** What shows where the promotion stands. */
  readonly card: string
}

/** Why, and what can be done next; each surface escapes it. */
export function promotionRefusal(
  refusal: PromotionRefusal,
  { rollback, promote, card }: Called,
): Telling {
  switch (refusal.kind) {
    case 'not_a_member':
      return tell`Only full members of this workspace decide about production. Ask somebody of the service’s team.`
    case 'lacks_role':
      return tell`This needs the ${roleName(refusal.needs)} of the service, or above${named(refusal.reachable)}. Nothing was done; ask one of them to decide.`
    case 'role_source_down':
      return tell`I cannot see who holds a role at the moment: ${refusal.source} does not answer, and nobody is let in on a guess. Nothing was done; try again soon.`
    case 'own_request':
      return tell`You asked for it, and somebody else must approve: an on-call engineer of the service, or above${named(refusal.reachable)}. Nothing was done; ask one of them to decide.`
    case 'changed':
      return tell`This changed after you opened it: ${refusal.why}. Nothing was done. Look at ${card} and decide on what it shows now.`
    case 'gate_not_passed':
      return tell`The gate of this step is not passed: ${listed(refusal.why)}. Nothing was done; ${card} shows what is left to tick or to wait for, and can take the canary away.`
    case 'on_hold':
      return tell`${person(refusal.by)} holds it. Nothing was done; Go on ends the hold.`
    case 'not_held':
      return tell`It is not held. Nothing was done; ${card} shows what can be decided.`
    case 'under_way':
      return refusal.to === 0
        ? tell`The canary is being taken away already; ${card} shows how it goes.`
        : tell`It is on its way to ${refusal.to} % already; ${card} shows how it goes.`
    case 'blocked':
      return tell`It cannot go on from here: ${listed(refusal.why)}. Nothing was done; it can still be held or taken away.`
    case 'nothing_failed':
      return tell`Nothing has failed that could be tried again. Nothing was done; ${card} shows what can be decided.`
    case 'nothing_left':
      return tell`What ran before is taken away already, or stays as it is. Nothing was done; to go back to it, ask for a rollback.`
    case 'not_for_people':
      return tell`“${saysOf(refusal.item)}” is not for people to say here: it is measured, or reported by a test. Nothing was done; wait for that, or take the canary away.`
    case 'reason_needed':
      return tell`Please say what you looked at, in at least ten characters: it goes on the timeline. Nothing was done; try again and say more.`
    case 'ended':
      return tell`This promotion is over: ${refusal.why}. Nothing was done; ask for the next one with ${promote}, or for a rollback with ${rollback}.`
    case 'wrong_place':
      return tell`This button belongs to another message. Use the card of the promotion itself. Nothing was done.`
  }
}

/** The rule alone, for the timeline. */
export function promotionRefusalReason(refusal: PromotionRefusal): Telling {
  switch (refusal.kind) {
    case 'not_a_member':
      return tell`not a full member of the workspace (${refusal.why})`
    case 'lacks_role':
      return tell`they hold no role of the service`
    case 'role_source_down':
      return tell`${refusal.source} did not answer who holds a role`
    case 'own_request':
      return tell`they asked for it themselves`
    case 'changed':
      return tell`what they were shown had changed: ${refusal.why}`
    case 'gate_not_passed':
      return tell`the gate was not passed: ${listed(refusal.why)}`
    case 'on_hold':
      return tell`it was held by ${person(refusal.by)}`
    case 'not_held':
      return tell`it was not held`
    case 'under_way':
      return tell`it was on its way to ${refusal.to} % already`
    case 'blocked':
      return tell`it cannot go on: ${listed(refusal.why)}`
    case 'nothing_failed':
      return tell`nothing had failed`
    case 'nothing_left':
      return tell`what ran before was taken away already, or stayed as it was`
    case 'not_for_people':
      return tell`${refusal.item} is not for people to say`
    case 'reason_needed':
      return tell`no reason was given`
    case 'ended':
      return tell`it was over: ${refusal.why}`
    case 'wrong_place':
      return tell`the button belongs to another message`
  }
}

const listed = (why: readonly string[]): string =>
  why.length === 0 ? 'nothing is known of it' : list(why.map((one) => one.replace(/\.$/, '')))

const named = (people: Extract<PromotionRefusal, { kind: 'own_request' }>['reachable']): Telling =>
  people.length === 0
    ? tell``
    : tell` (${joined(
        people.slice(0, 3).map((id) => [person(id)]),
        ', ',
      )})`
