import { between, seconds } from '#domain/time.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import type { Together } from '#domain/rollback/together.ts'
import type { Breach } from '../history-checker.ts'
import { breach, rollbacks, type Story } from './story.ts'

type Kind = TimelineEvent['kind']
const settle = seconds(30)
/** After one of these nobody after it may begin. */
const failures: readonly Kind[] = [
  'step_failed',
  'undo_authorised',
  'approval_voided',
  'rollback_left',
  'rollback_rejected',
  'rollback_cancelled',
]

/** Of several that were asked for together: all are approved by one click or none is, and each begins after the one before is out and well. */
export function together(story: Story): readonly Breach[] {
  const groups = Map.groupBy(
    [...rollbacks(story).values()].flatMap((events) => {
      const place = placeOf(events)
      return place ? [{ events, place }] : []
    }),
    ({ place }) => place.lead,
  )
  return [...groups.values()].flatMap((members) => {
    const ordered = members.toSorted((a, b) => a.place.at - b.place.at)
    return [
      ...(ordered.length === ordered[0]?.place.of
        ? []
        : [breach('I3', story, 0, 'not all that were asked for together are on the record')]),
      ...ordered.flatMap(({ events }, at) => begun(story, events, ordered[at - 1]?.events)),
      ...ordered.flatMap(({ events }) =>
        approvedTogether(
          story,
          events,
          ordered.map((one) => one.events),
        ),
      ),
    ]
  })
}

type Events = readonly Recorded[]

function placeOf(events: Events): Together | undefined {
  const [first] = events
  return first?.event.kind === 'rollback_requested' ? first.event.together : undefined
}

function begun(story: Story, events: Events, before: Events | undefined): readonly Breach[] {
  const start = first(events, 'execution_started')
  // What was decided on alone, after its plan fitted no longer, waits for nobody.
  if (!before || !start || events.some(({ event }) => event.kind === 'approval_voided')) return []
  const turn = first(events, 'turn_taken')
  const out = first(before, 'execution_completed')
  if (!turn || turn.seq > start.seq || !out || out.seq > turn.seq)
    return [breach('I2', story, start.seq, 'begun before its turn')]
  if (between(out.at, turn.at) < settle)
    return [breach('I2', story, turn.seq, 'the one before had no time to settle')]
  const failed = before.find(({ event, seq }) => failures.includes(event.kind) && seq < turn.seq)
  return failed ? [breach('I2', story, turn.seq, 'begun although the one before had failed')] : []
}

/** While they are decided on together. */
function approvedTogether(story: Story, events: Events, all: readonly Events[]): readonly Breach[] {
  const alone = events.findIndex(({ event }) => event.kind === 'approval_voided')
  return events.slice(0, alone < 0 ? undefined : alone).flatMap(({ event, seq }) => {
    if (event.kind !== 'approval_given') return []
    const isWhole = all.every((one) =>
      one.some(
        (other) => other.event.kind === 'approval_given' && other.event.delivery === event.delivery,
      ),
    )
    return isWhole ? [] : [breach('I2', story, seq, 'approved without the others')]
  })
}

const first = (events: Events, kind: Kind): Recorded | undefined =>
  events.find(({ event }) => event.kind === kind)
