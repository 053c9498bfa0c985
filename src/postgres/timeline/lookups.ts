import type { Pool } from 'pg'
import { type IncidentId, incidentId, type RollbackId, rollbackId } from '#domain/ids.ts'
import { instant } from '#domain/time.ts'
import type { Timeline } from '#ports/store.ts'

type Lookups = Pick<
  Timeline,
  | 'now'
  | 'openIncidents'
  | 'recentIncidents'
  | 'incidentOf'
  | 'incidentInChannel'
  | 'holder'
  | 'rollbacksOn'
>

const mostHomes = 1_000

export function lookups(pool: Pool): Lookups {
  const incidents = async (text: string, values: readonly unknown[]) => {
    const { rows } = await pool.query<{ id: string }>(text, [...values])
    return rows.map(({ id }) => incidentId(id))
  }
  /** A rollback stays in the incident in which it was asked for. */
  const homes = new Map<RollbackId, IncidentId>()
  return {
    async now() {
      const { rows } = await pool.query<{ now: string }>('SELECT micros(countermand_now()) AS now')
      return instant(Number(rows[0]?.now))
    },
    openIncidents: (service) =>
      incidents(
        `SELECT id FROM streams WHERE service = $1 AND closed_at IS NULL ORDER BY opened_at, id`,
        [service],
      ),
    recentIncidents: (service, limit) =>
      incidents(
        `SELECT id FROM streams WHERE service = $1 ORDER BY opened_at DESC, id DESC LIMIT $2`,
        [service, limit],
      ),
    async incidentOf(rollback) {
      const known = homes.get(rollback)
      if (known) return known
      const found = await incidents(
        `SELECT stream_id AS id FROM timeline_events
          WHERE kind = 'rollback_requested' AND payload ->> 'rollback' = $1`,
        [rollback],
      )
      const [home] = found
      if (home && homes.size >= mostHomes) homes.clear()
      if (home) homes.set(rollback, home)
      return home
    },
    /** A service's own channel serves one incident after the other: the open one, else the latest. */
    async incidentInChannel(channel) {
      const found = await incidents(
        `SELECT s.id FROM timeline_events e JOIN streams s ON s.id = e.stream_id
          WHERE e.kind = 'channel_opened' AND e.payload ->> 'channel' = $1
          ORDER BY (s.closed_at IS NULL) DESC, e.at DESC, s.id DESC LIMIT 1`,
        [channel],
      )
      return found[0]
    },
    async rollbacksOn(workload, limit) {
      const { rows } = await pool.query<{ incident: string; rollback: string }>(
        `SELECT stream_id AS incident, rollback FROM workload_claims
          WHERE workload = $1 ORDER BY id DESC LIMIT $2`,
        [workload, limit],
      )
      return rows.map((row) => ({
        incident: incidentId(row.incident),
        rollback: rollbackId(row.rollback),
      }))
    },
    async holder(workload) {
      const { rows } = await pool.query<{ incident: string; rollback: string }>(
        `SELECT stream_id AS incident, rollback FROM workload_claims
          WHERE workload = $1 AND released_at IS NULL`,
        [workload],
      )
      const row = rows[0]
      return row && { incident: incidentId(row.incident), rollback: rollbackId(row.rollback) }
    },
  }
}
