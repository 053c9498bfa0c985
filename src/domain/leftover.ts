import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { type Instant, type Micros, minutes, plus } from '#domain/time.ts'

/** What a switch leaves behind, as a plan says it: the quick way back for so long, then it is taken away. */
export interface Leftover {
  readonly name: string
  readonly keptMicros: Micros
  readonly step: Step
}

/** `kept`: as the quick way back, until `dueAt` and as long as `why` is in the way. `left`: for good, because of `why`, or because somebody keeps it. */
export interface LeftBehind extends Leftover {
  readonly phase: 'kept' | 'removing' | 'removed' | 'left'
  readonly dueAt: Instant
  readonly why: string | undefined
  readonly keptBy: PersonId | undefined
  /** Its removal ended where people have to look. */
  readonly needs?: LeftoverNeeds
}

/** `halfway`: its pods are gone and production asks for them. `maybe`: the platform never said whether they are gone. */
export type LeftoverNeeds = 'halfway' | 'maybe'

/** What becomes of it, on the record of the promotion or the rollback that left it. */
export type LeftoverEvent =
  | { readonly kind: 'leftover_kept'; readonly why: string }
  | { readonly kind: 'leftover_removal_begun' }
  | { readonly kind: 'leftover_removed' }
  /** It is for people now. */
  | { readonly kind: 'leftover_left'; readonly why: string; readonly needs?: LeftoverNeeds }
  /** Somebody wants it as it is. */
  | {
      readonly kind: 'leftover_spared'
      readonly by: PersonId
      readonly as: Role | 'requester'
      readonly delivery: DeliveryId
    }

/** Left at that moment. */
export const leftBehind = (leftover: Leftover | undefined, at: Instant): LeftBehind | undefined =>
  leftover && {
    ...leftover,
    phase: 'kept',
    dueAt: plus(at, leftover.keptMicros),
    why: undefined,
    keptBy: undefined,
  }

/** Once this has happened to it; nothing happens to what was never left. */
export function leftoverAfter(
  leftover: LeftBehind | undefined,
  event: LeftoverEvent,
): LeftBehind | undefined {
  if (!leftover) return undefined
  switch (event.kind) {
    case 'leftover_kept':
      return { ...leftover, phase: 'kept', why: event.why }
    case 'leftover_removal_begun':
      return { ...leftover, phase: 'removing', why: undefined }
    case 'leftover_removed':
      return { ...leftover, phase: 'removed', why: undefined }
    case 'leftover_left':
      return {
        ...leftover,
        phase: 'left',
        why: event.why,
        ...(event.needs ? { needs: event.needs } : {}),
      }
    case 'leftover_spared':
      return { ...leftover, phase: 'left', why: undefined, keptBy: event.by }
  }
}

/** What the worker does with it once the switch itself is over and well. `clear`: it may go, where nothing is in the way. */
export type LeftoverMove =
  | { readonly kind: 'clear' | 'remove'; readonly leftover: LeftBehind }
  | { readonly kind: 'wait'; readonly until: Instant | undefined }

/** The same answer before and after a restart. */
export function leftoverMove(leftover: LeftBehind | undefined, now: Instant): LeftoverMove {
  if (leftover?.phase === 'removing') return { kind: 'remove', leftover }
  if (leftover?.phase !== 'kept') return { kind: 'wait', until: undefined }
  return now >= leftover.dueAt
    ? { kind: 'clear', leftover }
    : { kind: 'wait', until: leftover.dueAt }
}

/** How often it is looked whether what is in the way is over. */
const lookEvery = minutes(1)

/** When it needs the worker again; `undefined`: never by itself. */
export function leftoverWake(move: LeftoverMove, now: Instant): Instant | undefined {
  switch (move.kind) {
    case 'remove':
      return now
    case 'clear':
      return plus(now, lookEvery)
    case 'wait':
      return move.until
  }
}

/** Whether somebody may still say that it stays. */
export const isYetToGo = (leftover: LeftBehind | undefined): leftover is LeftBehind =>
  leftover?.phase === 'kept'
