import type { Role } from '#domain/authority/role.ts'
import type { AutomationId, PersonId, RevisionId, ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { hours, type Instant } from '#domain/time.ts'
import type { AutomationEvent, Effect } from './events.ts'
import type { AutomationSettings } from './settings.ts'
import type { Fired, Trigger } from './triggers.ts'

type FiredEvent = Extract<AutomationEvent, { kind: 'automation_fired' }>

export interface Firing {
  readonly seq: number
  readonly at: Instant
  readonly event: FiredEvent
  readonly isCarriedOut: boolean
}

export interface SwitchedOff {
  readonly since: Instant
  /** Null: until somebody switches it on. */
  readonly until: Instant | null
  readonly by: PersonId | 'countermand'
  readonly as: Role | null
  readonly reason: string
  readonly isBreaker: boolean
}

/** Automation of a service as its record tells it. */
export interface AutomationState {
  readonly id: AutomationId
  readonly service: ServiceId
  readonly settings: AutomationSettings
  readonly policy: string
  readonly off: SwitchedOff | undefined
  readonly firings: readonly Firing[]
}

/** `undefined` for a service that never had any. */
export const automationState = (history: History): AutomationState | undefined =>
  history.reduce<AutomationState | undefined>((state, { seq, at, event }) => {
    if (!('automation' in event)) return state
    return event.kind === 'automation_set_up'
      ? setUp(state, event)
      : state && changed(state, seq, at, event)
  }, undefined)

const setUp = (
  state: AutomationState | undefined,
  event: Extract<AutomationEvent, { kind: 'automation_set_up' }>,
): AutomationState => ({
  off: undefined,
  firings: [],
  ...state,
  id: event.automation,
  service: event.service,
  settings: event.settings,
  policy: event.policy,
})

function changed(
  state: AutomationState,
  seq: number,
  at: Instant,
  event: Exclude<AutomationEvent, { kind: 'automation_set_up' }>,
): AutomationState {
  switch (event.kind) {
    case 'automation_fired':
      return { ...state, firings: [...state.firings, { seq, at, event, isCarriedOut: false }] }
    case 'automation_carried_out':
      return {
        ...state,
        firings: state.firings.map((one) =>
          one.seq === event.seq ? { ...one, isCarriedOut: true } : one,
        ),
      }
    case 'automation_switched': {
      const { until, by, as, reason, isBreaker = false } = event
      const off = { since: at, until, by, as, reason, isBreaker }
      return { ...state, off: event.to === 'off' ? off : undefined }
    }
  }
}

/** What is switched off comes back by itself when its time is over. */
export const isOff = ({ off }: Pick<AutomationState, 'off'>, now: Instant): boolean =>
  off !== undefined && (off.until === null || now < off.until)

/** Each version gives rise to each effect once, whatever became of it (policy §4); a canary beside it is a version of its own. */
export const hasFired = (
  { firings }: Pick<AutomationState, 'firings'>,
  revision: RevisionId,
  effect: Effect,
  fired?: Fired,
): boolean =>
  firings.some(
    (firing) =>
      firing.event.revision === revision &&
      firing.event.effect === effect &&
      (fired === undefined || isOfTheSame(firing, fired)),
  )

/** Nothing names the version of a canary: one that began to serve after it was told of is another; what Flagger has done again is news as well. */
function isOfTheSame({ at, event }: Firing, { rule, servedSince, isBorderline }: Fired): boolean {
  if (!isBeside(rule) && !isBeside(event.fired.rule)) return true
  // What was borderline and is certain now is news.
  if (event.fired.isBorderline && !isBorderline) return false
  return rule === event.fired.rule && (servedSince === undefined || at >= servedSince)
}

/** About something that is not what everybody is served by. */
const isBeside = (rule: Trigger): boolean => rule === 'canary-error-rate' || rule === 'flagger'

/** So many in a day switch it off (policy §4). */
export const mostInADay = 3

/** The one that is fired now is one more. */
export const isTooOften = ({ firings }: Pick<AutomationState, 'firings'>, now: Instant): boolean =>
  firings.filter(({ at, event }) => event.effect === 'countdown' && now - at < hours(24)).length +
    1 >=
  mostInADay

/** What was begun and not ended: a process died between the two. */
export const unfinished = ({ firings }: AutomationState): Firing | undefined =>
  firings.find(
    ({ isCarriedOut, event: { effect } }) =>
      !isCarriedOut && (effect === 'countdown' || effect === 'ask'),
  )
