import { checklistText, whoTicks } from '#domain/checklist/items.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { clock } from '#domain/communication/words.ts'
import type { IncidentId, PersonId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { isWorse, type Severity } from '#domain/incident/severity.ts'
import { openToMembers } from '#domain/incident/start.ts'
import type { Instant } from '#domain/time.ts'
import { changeOf } from '#workflows/record.ts'
import { type Said, say, type SayingPorts as Ports } from './say.ts'
import type { World } from '#workflows/world.ts'

/** Puts facts on the timeline against which no rule stands. */
export async function report(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  incident: IncidentId,
  event: TimelineEvent,
  actor: PersonId | 'countermand' = 'countermand',
): Promise<void> {
  await timeline.decide(incident, (history, now) => ({
    change: changeOf([event], { history, now, policy, actor }),
    answer: undefined,
  }))
}

export const addNote = (ports: Ports, said: Said & { readonly text: string }): Promise<Answer> =>
  say(ports, said, () => ({ event: { kind: 'note_added', text: said.text, by: said.by } }))

/** What an earlier line should have said; the line itself stays. */
export const correct = (
  ports: Ports,
  said: Said & { readonly seq: number; readonly text: string },
): Promise<Answer> =>
  say(ports, said, ({ history }) =>
    history.some(({ seq }) => seq === said.seq)
      ? { event: { kind: 'corrected', seq: said.seq, text: said.text, by: said.by } }
      : notWritten(
          `There is no line ${said.seq}: the timeline has lines 1 to ${history.length}. Its numbers stand in front of the lines behind [Timeline].`,
        ),
  )

/** Only what the product cannot see for itself, and once. */
export const tick = (
  ports: Ports,
  said: Said & { readonly item: string; readonly note: string },
): Promise<Answer> =>
  say(ports, said, ({ incident, now }) => {
    const { item, note, by } = said
    const earlier = incident.ticked[item]
    switch (whoTicks(item)) {
      case undefined:
        return notWritten('The checklist has no such item. Open it again from the card.')
      case 'countermand':
        return notWritten(
          `“${checklistText(item)}” is ticked by Countermand itself as soon as it sees it done.`,
        )
      case 'person':
        return earlier
          ? notWritten(
              `“${checklistText(item)}” is ticked already, since ${clock(earlier.at, now)}.`,
            )
          : { event: { kind: 'checklist_ticked', item, by, evidence: note } }
    }
  })

/** Raising the severity is open to every member; lowering it needs the level of this minute (policy §1). */
export const changeSeverity = (
  ports: Ports,
  said: Said & { readonly to: Severity; readonly reason: string },
): Promise<Answer> =>
  say(ports, said, ({ incident: { severity }, lacksLevel }) => {
    const { to, reason, by } = said
    if (to === severity) return notWritten(`The severity is ${to} already.`)
    const short = isWorse(severity, to) ? lacksLevel('lower the severity') : undefined
    return short
      ? { refused: short }
      : { event: { kind: 'severity_changed', from: severity, to, reason, by } }
  })

/** Moves what people are told; authority is reckoned from the earliest start ever recorded (docs/decisions/0007). */
export const changeStart = (
  ports: Ports,
  said: Said & { readonly startedAt: Instant; readonly reason: string },
): Promise<Answer> =>
  say(ports, said, ({ incident, history, now, lacksLevel }) => {
    const { startedAt, reason, by } = said
    if (startedAt > now) return { refused: { kind: 'start_in_future', typed: startedAt, now } }
    if (startedAt === incident.startedAt)
      return notWritten(`The incident begins at ${clock(startedAt, now)} already.`)
    const short = openToMembers(startedAt, incident, history, now)
      ? undefined
      : lacksLevel('move the start there')
    return short
      ? { refused: short }
      : { event: { kind: 'incident_start_changed', startedAt, reason, by } }
  })

/** Records a text that somebody was shown first and has sent. What customers read needs the level of this minute (policy §5). */
export const announce = (
  ports: Ports,
  said: Said & { readonly template: string; readonly text: string },
): Promise<Answer> =>
  say(ports, said, ({ lacksLevel }) => {
    const { template, text, by } = said
    const status = template.startsWith('status-') ? template.slice('status-'.length) : null
    const short = status === null ? undefined : lacksLevel('publish to customers')
    // There is no announcer for a status page yet: a person publishes, and the record says so.
    const to = status === null ? 'channel' : 'the status page, by hand'
    return short
      ? { refused: short }
      : { event: { kind: 'announced', template, status, to, text, by } }
  })

const notWritten = (why: string) => ({ refused: { kind: 'not_written', why } }) as const
