import type { AutomationEvent } from '#domain/automation/events.ts'
import { type AutomationState, automationState, isOff } from '#domain/automation/state.ts'
import type { Notice } from '#domain/communication/notice.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { type Instant, minutes, plus } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { actorOf, changeOf, recordedAfter } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

/** Between two looks at a service that may be rolled back by itself. */
const lookEvery = minutes(1)

/** Everything that follows from events of automation: who is told where no incident tells it, and when to look again. */
export function changeOfAutomation(
  events: readonly AutomationEvent[],
  history: History,
  now: Instant,
): Change {
  const actor = actorOf(events)
  const added = recordedAfter(history, events, { now, actor })
  const state = automationState([...history, ...added])
  return {
    events,
    actor,
    notices: added.flatMap(noticesOf),
    wakeAt: (state && nextLookAt(state, now)) ?? null,
    jobs: [],
  }
}

/** A rollback has an incident that tells of it; everything else is said in the channel of the service. */
function noticesOf({ seq, event }: Recorded): readonly Notice[] {
  const said: readonly Notice[] = [{ kind: 'automation', seq }]
  switch (event.kind) {
    case 'automation_fired':
      return event.effect === 'tell' || event.effect === 'dry-run' ? said : []
    case 'automation_carried_out':
      return event.outcome === 'not_done' ? said : []
    case 'automation_switched':
      return said
    default:
      return []
  }
}

function nextLookAt(state: AutomationState, now: Instant): Instant | undefined {
  if (state.settings.mode === 'off') return undefined
  if (isOff(state, now)) return state.off?.until ?? undefined
  return plus(now, lookEvery)
}

/** Whoever works on the service sees it on the timeline of the open incident, too; once, however often it is called. */
export async function tellIncident(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  event: AutomationEvent,
): Promise<void> {
  const [open] = await timeline.openIncidents(event.service)
  if (open === undefined) return
  const actor = 'by' in event ? event.by : 'countermand'
  await timeline.decide(open, (history, now) => {
    const isThere = history.some((one) => isSame(one.event, event))
    return {
      change: isThere ? undefined : changeOf([event], { history, now, policy, actor }),
      answer: undefined,
    }
  })
}

/** A request switches once; a version gives rise to each effect once, and so does each canary beside it. */
function isSame(one: TimelineEvent, other: AutomationEvent): boolean {
  if (one.kind === 'automation_switched' && other.kind === 'automation_switched')
    return one.delivery === other.delivery && one.until === other.until && one.to === other.to
  if (one.kind === 'automation_fired' && other.kind === 'automation_fired')
    return (
      one.revision === other.revision &&
      one.effect === other.effect &&
      one.fired.rule === other.fired.rule &&
      one.fired.servedSince === other.fired.servedSince &&
      one.fired.isBorderline === other.fired.isBorderline
    )
  return false
}
