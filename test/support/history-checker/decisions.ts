import type { Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { between, type Micros, seconds } from '#domain/time.ts'
import type { Breach } from '../history-checker.ts'
import { people } from './people.ts'
import { breach, rollbacks, type Story } from './story.ts'

/** I2: nothing starts without a decision that was valid then. I4: people are counted once. And a click counts once. */
export function decisions(story: Story): readonly Breach[] {
  return [
    ...[...rollbacks(story).values()].flatMap((events) => [
      ...authorised(story, events),
      ...people(story, events),
    ]),
    ...clicksOnce(story),
  ]
}

type Events = readonly Recorded<RollbackEvent>[]
type Approval = Extract<RollbackEvent, { kind: 'approval_given' }>
type Automatic = Extract<RollbackEvent, { kind: 'automation_approved' }>

/** Between an approval and its start the platform is looked at once more; in the worst case it is slow. */
const slack = seconds(15)

/** A start follows a whole approval of the very plan that stands, which nobody took back and which did not grow old. */
function authorised(story: Story, events: Events): readonly Breach[] {
  const found: Breach[] = []
  let digest: string | undefined
  let approval: Recorded<Approval | Automatic> | undefined
  let isOver = false
  let isScheduled = false
  for (const recorded of events) {
    const { seq, at, event } = recorded
    switch (event.kind) {
      case 'rollback_requested':
        isScheduled = event.notBefore !== null
        break
      case 'rollback_planned':
        digest = event.digest
        approval = undefined
        break
      case 'approval_given':
        if (event.digest !== digest)
          found.push(breach('I2', story, seq, 'approved another plan than the one that stands'))
        if (event.complete) approval = { ...recorded, event }
        break
      case 'automation_approved':
        if (event.digest !== digest)
          found.push(breach('I2', story, seq, 'decided on another plan than the one that stands'))
        approval = { ...recorded, event }
        break
      case 'turn_taken':
        // Approved with others, it began to wait for nothing more only now.
        if (approval) approval = { ...approval, at }
        break
      case 'approval_voided':
      // What was approved was that way, and no other.
      case 'way_left':
        approval = undefined
        break
      case 'rollback_expired':
        approval = undefined
        isOver = event.what !== 'approval'
        break
      case 'rollback_rejected':
      case 'rollback_cancelled':
      case 'rollback_blocked':
        isOver = true
        break
      case 'execution_started': {
        if (isOver) found.push(breach('I2', story, seq, 'started although it was over'))
        if (!approval) found.push(breach('I2', story, seq, 'started without an approval'))
        else if (!isScheduled && between(approval.at, at) > limit(story) + slack)
          found.push(breach('I2', story, seq, 'started on an approval that had expired'))
        break
      }
      default:
    }
  }
  return found
}

const policies = (story: Story) => incidentState(story.history)?.policies ?? []
const limit = (story: Story): Micros =>
  policies(story).reduce<Micros>(
    (least, { approvalExpiresMicros: one }) => (one < least ? one : least),
    seconds(Number.MAX_SAFE_INTEGER / 1e9),
  )

/** The same request of Slack decides once, on whatever rollback – or on several that were asked for together, once on each. */
function clicksOnce(story: Story): readonly Breach[] {
  type Decided = { readonly id: string | undefined; readonly lead: string | undefined }
  const known = new Map<string, readonly Decided[]>()
  const leads = new Map(
    story.history.flatMap(({ event }) =>
      event.kind === 'rollback_requested' && event.together
        ? [[event.rollback, event.together.lead] as const]
        : [],
    ),
  )
  return story.history.flatMap(({ seq, event }) => {
    if (!decided.has(event.kind) || !('delivery' in event) || event.delivery === undefined)
      return []
    const id = 'rollback' in event ? event.rollback : undefined
    const lead = (id && leads.get(id)) ?? id
    const seen = known.get(event.delivery)
    known.set(event.delivery, [...(seen ?? []), { id, lead }])
    const isKnown = seen?.some((one) => one.id === id || one.lead !== lead) ?? false
    return isKnown ? [breach('I1', story, seq, 'the same click counted twice')] : []
  })
}

const decided: ReadonlySet<string> = new Set([
  'rollback_requested',
  'approval_given',
  'decision_refused',
  'rollback_rejected',
  'rollback_cancelled',
  'undo_authorised',
  'collapsed',
  'step_retried',
  'way_left',
  'freeze_lift_authorised',
  'freeze_widened',
  'version_pinned',
  'break_glass_reviewed',
])
