import type { Recorded } from '#domain/incident/events.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { minute } from '../approval/rules.ts'

/** What the policy says of one canary on its way, a second time and in plain words. */
interface Model {
  /** A decision that has not begun: which way, when it was made. */
  readonly decided: { readonly way: Way; readonly at: number } | undefined
  /** How many decisions were made that a move follows from: the last of them is carried out, and no other. */
  readonly legs: number
  /** The move that is under way. */
  readonly moving: Way | undefined
  readonly hasFailed: Way | undefined
  readonly isHeld: boolean
  readonly shown: { readonly digest: string; readonly at: number } | undefined
  /** What the test said last. */
  readonly test: boolean | undefined
  readonly isOver: boolean
}
type Way = 'forward' | 'away' | 'hold'

const first: Model = {
  decided: undefined,
  legs: 0,
  moving: undefined,
  hasFailed: undefined,
  isHeld: false,
  shown: undefined,
  test: undefined,
  isOver: false,
}

/** Which lines of the record these rules do not allow where they stand, in words; and what the canary is left as. */
export function judged(
  history: readonly Recorded[],
  { isTested, asker }: { readonly isTested: boolean; readonly asker: string },
): readonly string[] {
  const wrong: string[] = []
  let model = first
  for (const { seq, at, event } of history) {
    if (!('promotion' in event)) continue
    const must = (holds: boolean, what: string) => {
      if (!holds) wrong.push(`#${seq} ${event.kind}: ${what}`)
    }
    model = after(model, at, event, must, { isTested, asker })
  }
  return wrong
}

function after(
  model: Model,
  at: number,
  event: PromotionEvent,
  must: (holds: boolean, what: string) => void,
  { isTested, asker }: { readonly isTested: boolean; readonly asker: string },
): Model {
  const { decided, moving, isHeld, shown } = model
  if (event.kind !== 'promotion_refused' && !event.kind.startsWith('leftover_'))
    must(!model.isOver, 'it was over')
  const free = { ...model, decided: undefined, moving: undefined, hasFailed: undefined }
  const decide = (way: Way) => ({ decided: { way, at }, legs: model.legs + 1 })
  switch (event.kind) {
    case 'promotion_looked':
      return { ...model, shown: { digest: event.look.digest, at: event.look.figures.at } }
    case 'promotion_tested':
      return { ...model, test: event.passed }
    case 'promotion_approved':
    case 'promotion_advanced':
      must(!isHeld, 'it was held')
      must(moving === undefined || moving === 'hold', `it moved ${moving}`)
      must(decided === undefined || decided.way === 'hold', `${decided?.way} was decided`)
      must(event.digest === shown?.digest, 'other figures than those that stood')
      must(at - (shown?.at ?? 0) <= 10 * minute, 'figures older than ten minutes')
      must(!isTested || model.test === true, 'its test had not passed')
      if (event.kind === 'promotion_approved') must(event.by !== asker, 'whoever asked for it')
      return { ...free, ...decide('forward') }
    case 'canary_away_ordered':
      must(decided?.way !== 'away' && moving !== 'away', 'it was taken away already')
      return { ...free, ...decide('away') }
    case 'promotion_held': {
      must(!isHeld, 'it was held')
      const isFree = decided === undefined && moving === undefined && model.hasFailed === undefined
      return isFree || decided?.way === 'forward'
        ? { ...free, isHeld: true, ...decide('hold') }
        : { ...model, isHeld: true }
    }
    case 'promotion_resumed':
      must(isHeld, 'nobody held it')
      return { ...model, isHeld: false }
    case 'promotion_began':
      must(decided !== undefined, 'nothing was decided')
      must(event.leg === model.legs, 'something else was decided last')
      must(at - (decided?.at ?? 0) < 5 * minute, 'what was decided was older than five minutes')
      return { ...free, moving: decided?.way }
    case 'canary_away_again':
      must(moving === 'away' || model.hasFailed === 'away', 'it was not taken away')
      return { ...free, decided: { way: 'away', at } }
    case 'canary_step_started':
    case 'canary_step_applied':
    case 'canary_step_succeeded':
    case 'canary_moved':
      must(moving !== undefined, 'nothing was under way')
      return model
    case 'canary_step_failed':
    case 'canary_not_reached':
      must(moving !== undefined, 'nothing was under way')
      return { ...free, hasFailed: moving }
    case 'promotion_retried':
      must(model.hasFailed !== undefined, 'nothing had failed')
      return { ...free, moving: model.hasFailed }
    case 'promotion_stopped':
    case 'promotion_voided':
      must(
        (decided ?? moving ?? model.hasFailed) !== undefined,
        'nothing was decided, moved or failed',
      )
      return free
    case 'canary_reached':
    case 'canary_hold_placed':
      must(moving !== undefined || decided?.way === 'hold', 'nothing was under way')
      return free
    case 'promotion_ended':
      return { ...free, isOver: true }
    default:
      return model
  }
}
