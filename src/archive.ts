import type { Archive } from '#cli/command.ts'
import { timelineJson, timelineMarkdown } from '#domain/communication/export.ts'
import { type IncidentId, incidentId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { chainKey } from '#postgres/chain.ts'
import { openPool } from '#postgres/pools.ts'
import { timeline } from '#postgres/timeline.ts'
import { deriveKey } from './keys.ts'
import type { Log } from './log.ts'

export interface IncidentList extends Archive {
  list(): Promise<
    readonly {
      readonly id: string
      readonly service: string
      readonly channel: string | undefined
    }[]
  >
}

/** The record, for reading and checking; it writes nothing. */
export async function openArchive(url: string, key: Uint8Array, log: Log): Promise<IncidentList> {
  const pool = openPool({ url, log, name: 'countermand-archive', max: 2 })
  const record = timeline(pool, [chainKey(deriveKey(key, 'timeline').toString('hex'))])
  const incidents = async (): Promise<readonly IncidentId[]> => {
    const { rows } = await pool.query<{ id: string }>(
      'SELECT id FROM streams ORDER BY opened_at DESC',
    )
    return rows.map(({ id }) => incidentId(id))
  }
  return {
    incidents,
    async list() {
      const all = await Promise.all(
        (await incidents()).map(async (id) => ({
          id,
          state: incidentState(await record.read(id)),
        })),
      )
      return all
        .flatMap(({ id, state }) =>
          state ? [{ id, service: state.service, channel: state.channel?.id }] : [],
        )
        .toReversed()
    },
    async export(incident, format) {
      const history = await record.read(incident)
      if (history.length === 0) return undefined
      return format === 'md' ? timelineMarkdown(incident, history) : timelineJson(incident, history)
    },
    verify: async () => ({ incidents: 0, events: 0, broken: [] }),
    async [Symbol.asyncDispose]() {
      await pool.end()
    },
  }
}
