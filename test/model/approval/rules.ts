/**
 * Who may decide and how long that counts, written a second time from the words of policy §2, §3 and §5: plain numbers, and
 * nothing of the product's own. Levels: 0 on-call engineer, 1 team lead, 2 engineering manager, 3 VP, 4 executive, -1 none.
 */
export interface Someone {
  readonly account: string
  /** Two accounts of one person share it. */
  readonly human: string
  readonly level: number
  /** Levels whose source does not answer: they may or may not be held. */
  readonly unsure: readonly number[]
  /** Guests, strangers, deactivated accounts. */
  readonly isOutsider: boolean
}

export const minute = 60_000_000
const day = 24 * 60 * minute
/** From these minutes on the level of the same place is needed. */
const windows = [0, 15, 30, 60]
export const highestLevel = 3

export interface Counted {
  readonly account: string
  readonly human: string
  readonly level: number
  readonly at: number
}

/** What matters of one rollback and its incident. Times in microseconds. */
export interface Model {
  readonly phase: 'planning' | 'open' | 'approved' | 'begun' | 'rejected' | 'cancelled' | 'expired'
  readonly asker: Someone
  readonly requestedAt: number
  readonly notBefore: number | null
  readonly twoPerson: boolean
  readonly soft: boolean
  /** The earliest start ever told; what is shown to people may be later. */
  readonly start: number
  readonly shownStart: number
  readonly plan: string
  readonly counted: readonly Counted[]
  readonly approvedAt: number
  /** The highest level that was called so far for this request. */
  readonly called: number
  /** When somebody was last called, how often since this phase began. */
  readonly lastCall: number
  readonly calls: number
}

const levelAfter = (elapsed: number): number =>
  Math.max(0, windows.filter((from) => elapsed >= from * minute).length - 1)

/** The level of this minute without anything on top. */
export const windowLevel = ({ start }: Model, now: number): number => levelAfter(now - start)

/** One more over soft blockers; above the VP there must be two. */
export function needs(
  model: Model,
  now: number,
): { readonly level: number; readonly two: boolean } {
  const rank = windowLevel(model, now) + (model.soft ? 1 : 0)
  return { level: Math.min(rank, highestLevel), two: rank > highestLevel }
}

/** A request is open for two hours; one for a later time until then, and never past the half hour in which it must begin. */
export function requestEnds({ requestedAt, notBefore }: Model): number {
  const twoHours = requestedAt + 120 * minute
  if (notBefore === null) return twoHours
  return notBefore > twoHours ? notBefore : Math.min(twoHours, notBefore + 30 * minute)
}

/** An approval counts for five minutes; one for a later time until half an hour after it. */
export function approvalEnds({ approvedAt, notBefore }: Model): number {
  const five = approvedAt + 5 * minute
  if (notBefore === null) return five
  return notBefore > approvedAt ? notBefore + 30 * minute : Math.min(five, notBefore + 30 * minute)
}

export interface Approving {
  readonly plan: string
  readonly acknowledged: string | undefined
  readonly glass: string | undefined
}

const saysSomething = (text: string | undefined): boolean => (text ?? '').trim().length >= 10
export const isEnough = (model: Model, who: Someone, now: number): boolean =>
  who.level >= needs(model, now).level

/** Every reason for which this approval must be refused; which of them is named first is no rule. Empty: it must be let through. */
export function against(
  model: Model,
  who: Someone,
  how: Approving,
  now: number,
): readonly string[] {
  const reasons: string[] = []
  const add = (isSo: boolean, ...kinds: readonly string[]) => isSo && reasons.push(...kinds)
  if (who.isOutsider) return ['not_a_member']
  if (model.phase === 'planning') return ['plan_changed']
  if (model.phase === 'expired') return ['expired']
  if (model.phase !== 'open') return ['already_decided']
  add(now >= requestEnds(model), 'expired')
  add(how.plan !== model.plan, 'plan_changed')
  add(
    model.counted.some(({ account, human }) => account === who.account || human === who.human),
    'already_counted',
  )
  add(
    model.twoPerson && (who.account === model.asker.account || who.human === model.asker.human),
    'second_person_needed',
  )
  if (!isEnough(model, who, now)) reasons.push(...belowLevel(model, who, how, now))
  add(model.soft && !saysSomething(how.acknowledged), 'acknowledgement_needed')
  return reasons
}

/** Glass is broken by people who surely hold a level, with a reason. */
function belowLevel(model: Model, who: Someone, { glass }: Approving, now: number) {
  if (glass === undefined)
    return who.unsure.some((level) => level >= needs(model, now).level)
      ? ['role_source_down']
      : ['not_now']
  if (who.level < 0) return who.unsure.length > 0 ? ['role_source_down'] : ['not_for_break_glass']
  return saysSomething(glass) ? [] : ['reason_needed']
}

/** The same for rejecting and cancelling, which need the level of the minute without more; cancelling also whoever asked. */
export function againstEnding(
  model: Model,
  who: Someone,
  what: 'reject' | 'cancel',
  now: number,
): readonly string[] {
  if (who.isOutsider) return ['not_a_member']
  const phases = what === 'reject' ? ['open'] : ['planning', 'open', 'approved']
  if (!phases.includes(model.phase)) return ['nothing_to_decide']
  const level = windowLevel(model, now)
  if (who.level >= level) return []
  if (what === 'cancel' && who.account === model.asker.account) return []
  if (who.unsure.some((unsure) => unsure >= level)) return ['role_source_down']
  return [what === 'cancel' ? 'not_the_requester' : 'not_now']
}

/** Anybody may tell an earlier start, back to when the version was shipped and a day at most; else it takes the level of the minute. */
export function mayMoveStart(
  model: Model,
  who: Someone,
  { to, now, shippedAt }: { readonly to: number; readonly now: number; readonly shippedAt: number },
): boolean {
  if (who.isOutsider || to > now || to === model.shownStart) return false
  const isEarlier = to < model.shownStart && to >= Math.max(shippedAt, now - day)
  return isEarlier || who.level >= windowLevel(model, now)
}

/** What the worker must not leave undone when it rests. */
export function due(model: Model, now: number): readonly string[] {
  switch (model.phase) {
    case 'planning':
      return ['a new plan']
    case 'open':
      if (now >= requestEnds(model)) return ['the end of the request']
      return needs(model, now).level > model.called ? ['a call to the next level'] : []
    case 'approved': {
      if (model.notBefore !== null && now < model.notBefore) return []
      return ['its begin, or the end of its approval']
    }
    default:
      return []
  }
}
