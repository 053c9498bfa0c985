import type { Recorded } from '#domain/incident/events.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { isMoving, promotionState } from '#domain/promotion/state.ts'
import { between, minutes, seconds } from '#domain/time.ts'
import type { Breach } from '../history-checker.ts'
import type { Holding } from './ownership.ts'
import { breach, type Story } from './story.ts'

type Events = readonly Recorded<PromotionEvent>[]

/** What is promised of rollbacks holds for canaries as well: decided once and by the right people, said before it is done, done once. */
export function promotions(story: Story): readonly Breach[] {
  const events = promotionEventsOf(story)
  return [...decided(story, events), ...inOrder(story, events), ...clicksOnce(story, events)]
}

export const promotionEventsOf = ({ history }: Story): Events =>
  history.filter((one): one is Recorded<PromotionEvent> => 'promotion' in one.event)

/** Between an approval and its start the platform is looked at once more; in the worst case it is slow. */
const slack = seconds(15)
const expires = minutes(5)

/** I2: each move follows a decision on what stood on the card then, which nobody took back and which did not grow old. I4: whoever asked is no second person. */
function decided(story: Story, events: Events): readonly Breach[] {
  const found: Breach[] = []
  let shown: string | undefined
  let decision: Recorded<PromotionEvent> | undefined
  for (const [index, recorded] of events.entries()) {
    const { seq, at, event } = recorded
    const no = (broken: 'I2' | 'I4', why: string) => found.push(breach(broken, story, seq, why))
    switch (event.kind) {
      case 'promotion_looked':
        shown = event.look.digest
        break
      case 'promotion_approved':
      case 'promotion_advanced': {
        decision = recorded
        if (event.digest !== shown) no('I2', 'decided on other figures than those that stood')
        const before = promotionState(events.slice(0, index))
        if (event.kind === 'promotion_advanced') {
          if (before?.settings.isAutomatic !== true || before.settings.handles !== undefined)
            no('I2', 'went on by itself where a person decides')
        } else if (before?.requestedBy === event.by && !before.settings.requesterMayApprove)
          no('I4', 'whoever asked for it approved it')
        break
      }
      case 'canary_away_ordered':
      case 'canary_away_again':
      case 'promotion_held':
        decision = recorded
        break
      case 'promotion_voided':
      case 'promotion_stopped':
      case 'promotion_ended':
        decision = undefined
        break
      case 'promotion_began':
        if (!decision) no('I2', 'began without a decision')
        else if (between(decision.at, at) > expires + slack)
          no('I2', 'began on a decision that had expired')
        decision = undefined
        break
      default:
    }
  }
  return found
}

/** I1, I3: each step of a move has its intent, then one outcome, one at a time. */
function inOrder(story: Story, events: Events): readonly Breach[] {
  const found: Breach[] = []
  const done = new Set<string>()
  let open: string | undefined
  let leg: number | undefined
  for (const { seq, event } of events) {
    const no = (broken: 'I1' | 'I3', why: string) => found.push(breach(broken, story, seq, why))
    switch (event.kind) {
      case 'promotion_began':
        if (leg === event.leg) no('I1', `move ${leg} began twice`)
        leg = event.leg
        open = undefined
        break
      case 'canary_away_again':
        leg = undefined
        open = undefined
        break
      case 'canary_step_started':
        if (event.leg !== leg) no('I3', 'a step before its move')
        if (open !== undefined) no('I3', `a step while ${open} is under way`)
        open = `${event.leg}.${event.step}`
        break
      case 'canary_step_applied':
      case 'canary_step_succeeded':
      case 'canary_step_failed': {
        const step = `${event.leg}.${event.step}`
        if (open !== step) no('I3', `${event.kind} without an intent`)
        if (event.kind === 'canary_step_applied') break
        if (event.kind === 'canary_step_succeeded' && done.has(step))
          no('I1', `step ${step} worked out twice`)
        done.add(step)
        open = undefined
        break
      }
      case 'canary_moved':
        if (open !== undefined) no('I3', `the move was over while ${open} is under way`)
        break
      // People decided otherwise: what was under way is left.
      case 'canary_away_ordered':
      case 'promotion_voided':
      case 'promotion_stopped':
      case 'promotion_retried':
        open = undefined
        if (event.kind === 'promotion_retried') done.clear()
        break
      default:
    }
  }
  return found
}

/** I1: the same request of Slack decides once. */
function clicksOnce(story: Story, events: Events): readonly Breach[] {
  const known = new Set<string>()
  return events.flatMap(({ seq, event }) => {
    if (!('delivery' in event) || event.delivery === undefined) return []
    const isKnown = known.has(event.delivery)
    known.add(event.delivery)
    return isKnown ? [breach('I1', story, seq, 'the same click counted twice')] : []
  })
}

/** The times in which a canary was moved. */
export function moving(story: Story): readonly Holding[] {
  const events = promotionEventsOf(story)
  const found: Holding[] = []
  let held: Holding | undefined
  for (const [index, { seq, at }] of events.entries()) {
    // Events of one moment are one transaction: what holds is what stands at its end.
    if (events[index + 1]?.at === at) continue
    const state = promotionState(events.slice(0, index + 1))
    const holds = state !== undefined && isMoving(state)
    if (state && holds && !held)
      held = { story, workload: state.target.workload, seq, from: at, until: undefined }
    if (!holds && held) {
      found.push({ ...held, until: at })
      held = undefined
    }
  }
  return held ? [...found, held] : found
}
