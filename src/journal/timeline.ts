import type { IncidentId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { type Instant, instant } from '#domain/time.ts'
import { type Change, StaleSequence, type Timeline } from '#ports/store.ts'
import { changeEntry, contentsOf, header } from './contents.ts'
import type { JournalFile } from './file.ts'

/**
 * The record of one incident in a file, while there is no database: the same promises for one process on one machine. Nothing is
 * known of other incidents. Its clock is this machine's, and never runs backwards.
 */
export function journalTimeline(
  file: JournalFile,
  path: string,
  scrub: (text: string) => string,
): Timeline {
  let last = 0
  const now = (): Instant => {
    last = Math.max(last, Date.now() * 1_000)
    return instant(last)
  }
  const contents = () => (file.entries.length === 0 ? undefined : contentsOf(file.entries, path))
  const historyOf = (incident: IncidentId): History => {
    const found = contents()
    return found?.incident === incident ? found.history : []
  }
  const write = (incident: IncidentId, at: Instant, { events, actor }: Change): History => {
    if (events.length === 0) return []
    const before = historyOf(incident).length
    if (file.entries.length === 0) file.append(header(incident, serviceOf(events)))
    else if (contents()?.incident !== incident) throw new Error('A journal holds one incident only')
    file.append(changeEntry(at, actor, scrubbed(events, scrub)))
    return historyOf(incident).slice(before)
  }

  return {
    now: async () => now(),
    read: async (incident) => historyOf(incident),
    async append(incident, expectedSeq, change) {
      const found = historyOf(incident).length
      if (found !== expectedSeq)
        throw new StaleSequence(
          `${incident} was expected to end at ${expectedSeq} and ends at ${found}`,
        )
      const at = now()
      if (change.before !== undefined && at >= change.before)
        throw new StaleSequence(`${incident}: too late for what was to be written`)
      return write(incident, at, change)
    },
    async decide(incident, decide) {
      const at = now()
      const { change, answer } = decide(historyOf(incident), at)
      if (change) write(incident, at, change)
      return answer
    },
    async openIncidents(service) {
      const found = contents()
      const state = found && incidentState(found.history)
      return found && state?.service === service && !state.closed ? [found.incident] : []
    },
    async openIncidentsAbout(service) {
      const found = contents()
      const state = found && incidentState(found.history)
      return found && state?.service === service && !state.closed ? [found.incident] : []
    },
    async recentIncidents(service) {
      const found = contents()
      return found && incidentState(found.history)?.service === service ? [found.incident] : []
    },
    async incidentOf(rollback) {
      const found = contents()
      return found && rollbackState(found.history, rollback) ? found.incident : undefined
    },
    async writtenIn(delivery) {
      const found = contents()
      const isWritten = found?.history.some(
        ({ event }) => 'delivery' in event && event.delivery === delivery,
      )
      return isWritten ? found?.incident : undefined
    },
    incidentInChannel: async () => undefined,
    holder: async () => undefined,
    automations: async () => [],
    promotions: async () => [],
    rollbacksOn: async () => [],
  }
}

const serviceOf = (events: readonly TimelineEvent[]): string =>
  events.find((event) => event.kind === 'incident_declared')?.service ?? ''

/** What leaves the process holds no secret, in whatever field it stands. */
function scrubbed(
  events: readonly TimelineEvent[],
  scrub: (text: string) => string,
): readonly TimelineEvent[] {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return scrub(value).toWellFormed()
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]))
  }
  return events.map((event) => clean(event) as TimelineEvent)
}
