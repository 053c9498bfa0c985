import type { Pool } from 'pg'
import {
  type IncidentId,
  incidentId,
  promotionId,
  type RollbackId,
  rollbackId,
} from '#domain/ids.ts'
import { instant } from '#domain/time.ts'
import type { Timeline } from '#ports/store.ts'
import { together } from '../together.ts'
import type { ClockBound } from './clock-bound.ts'

type Lookups = Pick<
  Timeline,
  | 'now'
  | 'openIncidents'
  | 'openIncidentsAbout'
  | 'recentIncidents'
  | 'automations'
  | 'promotions'
  | 'incidentOf'
  | 'writtenIn'
  | 'incidentInChannel'
  | 'holder'
  | 'rollbacksOn'
>

const mostHomes = 1_000

export function lookups(pool: Pool, clock: ClockBound): Lookups {
  const incidents = async (name: string, text: string, values: readonly unknown[]) => {
    const { rows } = await pool.query<{ id: string }>({ name, text, values: [...values] })
    return rows.map(({ id }) => incidentId(id))
  }
  /** A rollback stays in the incident in which it was asked for. */
  const homes = new Map<RollbackId, IncidentId>()
  /** Nobody is told a time before the one at which they asked. */
  const looking = together(async (all: readonly undefined[]) => {
    const { rows } = await pool.query<{ now: string }>({
      name: 'now',
      text: 'SELECT micros(countermand_now()) AS now',
    })
    const now = instant(Number(rows[0]?.now))
    clock.saw(now)
    return all.map(() => now)
  })
  return {
    now: () => looking(undefined),
    openIncidents: (service) =>
      incidents(
        'open-incidents',
        `SELECT id FROM streams WHERE service = $1 AND closed_at IS NULL ORDER BY opened_at, id`,
        [service],
      ),
    openIncidentsAbout: (service) =>
      incidents(
        'open-incidents-about',
        `SELECT id FROM streams
          WHERE closed_at IS NULL
            AND (service = $1 OR id IN (
                  SELECT stream_id FROM timeline_events
                   WHERE kind = 'rollback_requested' AND payload ->> 'service' = $1))
          ORDER BY opened_at, id`,
        [service],
      ),
    recentIncidents: (service, limit) =>
      incidents(
        'recent-incidents',
        `SELECT id FROM streams WHERE service = $1 ORDER BY opened_at DESC, id DESC LIMIT $2`,
        [service, limit],
      ),
    promotions: async (service, limit) => {
      const found = await incidents(
        'promotions',
        `SELECT stream_id AS id FROM timeline_events
          WHERE kind = 'promotion_requested' AND payload ->> 'service' = $1
          ORDER BY at DESC, stream_id DESC LIMIT $2`,
        [service, limit],
      )
      return found.map(promotionId)
    },
    automations: () =>
      incidents('automations', `SELECT id FROM streams WHERE kind = 'automation'`, []),
    async incidentOf(rollback) {
      const known = homes.get(rollback)
      if (known) return known
      const found = await incidents(
        'incident-of',
        `SELECT stream_id AS id FROM timeline_events
          WHERE kind = 'rollback_requested' AND payload ->> 'rollback' = $1`,
        [rollback],
      )
      const [home] = found
      if (home && homes.size >= mostHomes) homes.clear()
      if (home) homes.set(rollback, home)
      return home
    },
    async writtenIn(delivery) {
      const found = await incidents(
        'written-in',
        `SELECT stream_id AS id FROM timeline_events WHERE payload ->> 'delivery' = $1 LIMIT 1`,
        [delivery],
      )
      return found[0]
    },
    /** A service's own channel serves one incident after the other: the open one, else the latest. */
    async incidentInChannel(channel) {
      const found = await incidents(
        'incident-in-channel',
        `SELECT s.id FROM timeline_events e JOIN streams s ON s.id = e.stream_id
          WHERE e.kind = 'channel_opened' AND e.payload ->> 'channel' = $1
          ORDER BY (s.closed_at IS NULL) DESC, e.at DESC, s.id DESC LIMIT 1`,
        [channel],
      )
      return found[0]
    },
    async rollbacksOn(workload, limit) {
      const { rows } = await pool.query<{ incident: string; rollback: string }>({
        name: 'rollbacks-on',
        text: `SELECT stream_id AS incident, rollback FROM workload_claims
                  WHERE workload = $1 AND NOT starts_with(rollback, 'pr-')
                  ORDER BY id DESC LIMIT $2`,
        values: [workload, limit],
      })
      return rows.map((row) => ({
        incident: incidentId(row.incident),
        rollback: rollbackId(row.rollback),
      }))
    },
    async holder(workload) {
      const { rows } = await pool.query<{ incident: string; rollback: string }>({
        name: 'holder',
        text: `SELECT stream_id AS incident, rollback FROM workload_claims
                  WHERE workload = $1 AND released_at IS NULL`,
        values: [workload],
      })
      const row = rows[0]
      return row && { incident: incidentId(row.incident), rollback: rollbackId(row.rollback) }
    },
  }
}
