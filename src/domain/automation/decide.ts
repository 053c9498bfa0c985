import type { Origin } from '#domain/assessment/origin.ts'
import type { RevisionId } from '#domain/ids.ts'
import { type Instant, type Micros, micros } from '#domain/time.ts'
import { type AutomationState, hasFired, isOff } from './state.ts'
import type { Effect } from './events.ts'
import type { Fired } from './triggers.ts'

/** A trigger that fired, and what it says by itself. */
export interface Sign {
  readonly fired: Fired
  /** `external`: everything suffers. `canary`: only the canary does, and what runs beside it must stay. `acted`: it was taken back already. */
  readonly says: 'roll_back' | 'ask' | 'external' | 'canary' | 'acted'
  /** Why a person is asked, where it is not for a figure close to its bound. */
  readonly why?: string
}

export interface AutomationFacts {
  readonly now: Instant
  readonly state: Pick<AutomationState, 'settings' | 'off' | 'firings'>
  readonly running: { readonly revision: RevisionId; readonly version: string }
  readonly signs: readonly Sign[]
  readonly origin: Origin
  /** How what runs came to run. `unknown`: the record does not reach back. */
  readonly cameBy: 'deploy' | 'rollback' | 'undo' | 'unknown'
  /** Whether people are being asked about it, have said no, or it is being done. */
  readonly people: 'not_asked' | 'asked' | 'declined' | 'under_way'
}

export type AutomationDecision =
  | { readonly kind: 'quiet' }
  | {
      readonly kind: Effect
      readonly fired: Fired
      readonly why: string | null
      readonly countdown: Micros
    }

/**
 * What automation does about a service now. The same facts give the same answer. In doubt a person is asked: only a version that was
 * deployed, that nobody has said no about, and that nothing outside explains is rolled back by itself, and each at most once.
 */
export function decideAutomation(facts: AutomationFacts): AutomationDecision {
  const { state, now, people, running } = facts
  const { mode, countdownMicros } = state.settings
  const sign = gravest(facts.signs)
  if (!sign || mode === 'off' || isOff(state, now) || people === 'under_way') return quiet
  const { effect, why } = judged(facts, sign)
  // Whoever is being asked knows; only that it is certain now is news.
  if (people === 'asked' && effect !== 'countdown') return quiet
  const countdown = micros(Math.max(countdownMicros, sign.fired.delayMicros))
  const isDry = mode === 'dry-run'
  const kind = isDry ? 'dry-run' : effect
  if (hasFired(state, running.revision, kind, sign.fired)) return quiet
  return { kind, fired: sign.fired, why: isDry ? wouldHave[effect](why) : why, countdown }
}

/** What others have done is told once, whatever else is known: nothing need be measured for it again. */
export const isOldNews = (
  state: Pick<AutomationState, 'settings' | 'firings'>,
  revision: RevisionId,
  { says, fired }: Sign,
): boolean =>
  says === 'acted' &&
  hasFired(state, revision, state.settings.mode === 'dry-run' ? 'dry-run' : 'tell', fired)

const quiet: AutomationDecision = { kind: 'quiet' }

/** Gravest first; of those that would act, the one that leaves the least time (statistics of the judge). */
export function gravest(signs: readonly Sign[]): Sign | undefined {
  return signs.toSorted(
    (one, other) =>
      order.indexOf(one.says) - order.indexOf(other.says) ||
      one.fired.delayMicros - other.fired.delayMicros,
  )[0]
}
const order: readonly Sign['says'][] = ['roll_back', 'ask', 'external', 'canary', 'acted']

type Judged = { readonly effect: Exclude<Effect, 'dry-run'>; readonly why: string | null }

function judged({ state, running, origin, cameBy, people }: AutomationFacts, sign: Sign): Judged {
  const tell = (why: string): Judged => ({ effect: 'tell', why })
  const ask = (why: string): Judged => ({ effect: 'ask', why })
  if (sign.says === 'external') return tell('what runs beside it suffers just as much')
  if (sign.says === 'acted') return tell(sign.why ?? 'it was taken back already')
  if (sign.says === 'canary' && sign.why !== undefined) return tell(sign.why)
  // Its requests count among those of the service: whatever fired, a rollback would take back what is well.
  if (sign.says === 'canary' || origin.kind === 'canary')
    return tell('only the canary suffers, and what runs beside it must stay: take the canary away')
  if (people === 'declined') return tell('people have decided against rolling it back')
  if (cameBy === 'rollback')
    return tell('what runs came by a rollback, and no rollback is rolled back by itself')
  if (cameBy === 'undo') return tell('a rollback of it was taken back')
  if (hasFired(state, running.revision, 'countdown'))
    return tell('it was counted down for this version once, and never is twice')
  if (cameBy === 'unknown') return ask('it is not known how what runs came to run')
  if (origin.kind !== 'deploy') return ask(origin.because)
  if (sign.says === 'ask') return ask(sign.why ?? 'it is close to the bound')
  return { effect: 'countdown', why: null }
}

const wouldHave = {
  countdown: () => 'it would have been rolled back',
  ask: (why) => `people would have been asked to roll it back: ${why ?? ''}`,
  tell: (why) => `nothing would have been done: ${why ?? ''}`,
} as const satisfies Record<Exclude<Effect, 'dry-run'>, (why: string | null) => string>
