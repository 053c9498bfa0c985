import type { Pool } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Instant } from '#domain/time.ts'
import type { Log } from '#ports/log.ts'
import { type Change, StaleSequence, type Timeline } from '#ports/store.ts'
import { type Tenure, TenureOver } from '#ports/tenure.ts'
import type { ChainKeys } from './chain.ts'
import type { Scrub } from './clean.ts'
import { together } from './together.ts'
import { clockBound } from './timeline/clock-bound.ts'
import { grouped } from './timeline/group.ts'
import { histories } from './timeline/histories.ts'
import { lookups } from './timeline/lookups.ts'
import { writer, type Wish } from './timeline/writer.ts'

/**
 * The record of every incident in PostgreSQL. Each change is written in one transaction that locks the stream
 * first and looks at the clock after the lock. Strings are scrubbed and made storable before they are hashed.
 */
export function timeline(
  pool: Pool,
  keys: ChainKeys,
  scrub: Scrub = (text) => text,
  /** In whose name whoever calls writes: one that is over writes nothing any more. */
  current: () => Tenure | undefined = () => undefined,
  log?: Pick<Log, 'error'>,
): Timeline {
  const known = histories((incident, last) => log?.error({ incident, last }, rowsGone))
  const clock = clockBound()
  const write = writer(pool, keys[0], { scrub, known, clock })
  const group = grouped(write)
  // What is asked for while others are being read is read with the others: each sees all that was written before it was asked.
  const read = together(async (incidents: readonly IncidentId[]) => {
    const found = await known.read(pool, [...new Set(incidents)])
    return incidents.map((incident) => found.get(incident) ?? [])
  })
  const tenure = (): Tenure | undefined => {
    const held = current()
    if (held?.isOver()) throw new TenureOver(`the time for ${held.work} is over`)
    return held
  }
  return {
    ...lookups(pool, clock),
    read,

    async append(incident, expectedSeq, change) {
      const wish: Wish<History> = {
        incident,
        tenure: tenure(),
        opens: expectedSeq === 0,
        reads: false,
        mayFollow: change.before === undefined,
        decide({ seq, now }) {
          if (seq !== expectedSeq) throw stale(incident, expectedSeq, seq)
          if (change.before !== undefined && now >= change.before)
            throw new StaleSequence(`${incident}: too late for what was to be written`)
          return { change, answer: (added) => added }
        },
      }
      // What has to wait, or opens a stream, would only be sent away by a group.
      return wish.opens || change.claims ? write.alone(wish) : group(wish)
    },

    decide: async <Answer>(
      incident: IncidentId,
      decide: (
        history: History,
        now: Instant,
      ) => { readonly change: Change | undefined; readonly answer: Answer },
    ) =>
      group<Answer>({
        incident,
        tenure: tenure(),
        opens: true,
        reads: true,
        mayFollow: false,
        decide({ now }, history) {
          const { change, answer } = decide(history, now)
          return { change, answer: () => answer }
        },
      }),
  }
}

const rowsGone =
  'Events that were written are no longer in the database, as after a fail-over to a standby that was behind: see what production really runs before anybody decides on this incident again, for its record may have forgotten what was done last'

const stale = (incident: IncidentId, expected: number, found: number): StaleSequence =>
  new StaleSequence(`${incident} was expected to end at ${expected} and ends at ${found}`)
