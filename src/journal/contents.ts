import { z } from 'zod'
import { type IncidentId, incidentId, type PersonId, personId } from '#domain/ids.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { Json } from '#domain/json.ts'
import { BadJournal } from './bad-journal.ts'
import type { Entry } from './file.ts'

/** What a journal tells: the history of one incident, and whether it was added to the record. */
export interface Contents {
  readonly incident: IncidentId
  readonly service: string
  readonly history: History
  /** Sealed: the record has it, and goes on with it. */
  readonly isImported: boolean
}

const Header = z.object({ journal: z.literal(1), incident: z.string(), service: z.string() })
const Change = z.object({
  at: z.number(),
  actor: z.string(),
  events: z.array(
    z.custom<TimelineEvent>(
      (event) => typeof event === 'object' && event !== null && 'kind' in event,
    ),
  ),
})
const Seal = z.object({ imported: z.number() })

export const header = (incident: IncidentId, service: string): Json => ({
  journal: 1,
  incident,
  service,
})
export const changeEntry = (
  at: Instant,
  actor: PersonId | 'countermand',
  events: readonly TimelineEvent[],
): Json => JSON.parse(JSON.stringify({ at, actor, events })) as Json
export const seal = (at: Instant): Json => ({ imported: at })

/** Entries in the order they were written; their chain was checked before. */
export function contentsOf(entries: readonly Entry[], path: string): Contents {
  const [first, ...rest] = entries
  const head = Header.safeParse(first?.body).data
  if (!head) throw new BadJournal(`${path} is no journal`)
  const history: Recorded[] = []
  for (const { body } of rest) {
    const change = Change.safeParse(body).data
    for (const event of change?.events ?? [])
      history.push({
        seq: history.length + 1,
        at: instant(change?.at ?? 0),
        actor: change?.actor === 'countermand' ? 'countermand' : personId(change?.actor ?? ''),
        event,
      })
  }
  return {
    incident: incidentId(head.incident),
    service: head.service,
    history,
    isImported: rest.some(({ body }) => Seal.safeParse(body).success),
  }
}
