import type { Pool } from 'pg'
import { type DeliveryId, deliveryId, type PersonId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import { instant, micros } from '#domain/time.ts'
import type { Hands } from '#ports/hands.ts'
import type { Delivery, Inbox } from '#ports/store.ts'
import { cleanJson } from './clean.ts'
import { together } from './together.ts'

/**
 * Deliveries in PostgreSQL: what is acknowledged is written and queued, so it is never forgotten. What is not urgent comes in through
 * `intake`: a flood of it leaves the other connections alone. What somebody waits for goes before what machines send.
 */
export function inbox(
  pool: Pool,
  intake: Pool = pool,
  mustHold: () => void = () => undefined,
  hands: Hands = { free: () => undefined },
): Inbox {
  const admitted = { urgent: admitting(pool), other: admitting(intake) }
  /** What was taken up here and is not begun yet: it needs no second look. */
  const arrived = new Map<DeliveryId, Delivery>()
  const acknowledging = together(acknowledgedBy(pool, hands, arrived))
  const loading = together(loadedFrom(pool))
  const settling = together(settledIn(pool))
  return {
    admit: (given) => (given.urgent ? admitted.urgent : admitted.other)(given),
    acknowledged: (id, person) => acknowledging({ id, person }),

    async abandon(id) {
      const { rowCount } = await pool.query(
        `UPDATE inbox SET acknowledged = false
          WHERE id = $1 AND acknowledged IS NOT TRUE AND done_at IS NULL`,
        [id],
      )
      return rowCount === 1
    },

    load: async (id) => {
      const known = arrived.get(id)
      arrived.delete(id)
      return known ?? loading(id)
    },

    async done(id) {
      // Carried out by half, it would never be carried out whole.
      mustHold()
      await settling(id)
    },
  }
}

type Given = Parameters<Inbox['admit']>[0]

/** Those that come at once are written by one statement: it waits for the disk once. */
const admitting = (pool: Pool): ((given: Given) => Promise<boolean>) =>
  together(async (all) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'admit',
      text: `WITH admitted AS (
               INSERT INTO inbox (id, source, urgent, body, person, acknowledged, admitted_at)
               SELECT id, source, urgent, body, person, CASE WHEN held THEN NULL ELSE true END,
                      countermand_now()
                 FROM unnest($1::text[], $2::text[], $3::boolean[], $4::jsonb[], $5::text[],
                             $6::boolean[]) AS given (id, source, urgent, body, person, held)
                -- In one order, so that two replicas with the same ones never wait for each other.
                ORDER BY id
               ON CONFLICT DO NOTHING
               RETURNING id, urgent, acknowledged
             )
             SELECT id, CASE WHEN acknowledged THEN graphile_worker.add_job(
                      CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END,
                      json_build_object('delivery', id),
                      job_key := 'deliver:' || id, max_attempts := 1000) END
               FROM admitted`,
      values: [
        all.map(({ id }) => id),
        all.map(({ source }) => source),
        all.map(({ urgent }) => urgent),
        all.map(({ body }) => JSON.stringify(cleanJson(body, (text) => text))),
        all.map(({ person }) => person ?? null),
        all.map(({ held }) => held ?? false),
      ],
    })
    const fresh = new Set(rows.map(({ id }) => id))
    // The same one twice at once is admitted once.
    return all.map(({ id }) => fresh.delete(id))
  })

/**
 * What somebody pressed is taken up here where a hand is free, in the statement that notes it; whatever else is queued. When the
 * answer is lost, and it is asked again, what was taken up is still ours.
 */
const acknowledgedBy =
  (pool: Pool, hands: Hands, arrived: Map<DeliveryId, Delivery>) =>
  async (all: readonly { readonly id: DeliveryId; readonly person: PersonId | undefined }[]) => {
    // Noted twice at once, it is taken up once.
    const given = [...new Map(all.map((one) => [one.id, one])).values()].map(({ id, person }) => ({
      id,
      hand: hands.free(person),
    }))
    const taken = new Set<string>()
    try {
      const { rows } = await pool.query<Loaded & { readonly isTaken: boolean }>({
        name: 'acknowledged',
        text: `WITH known AS (
             UPDATE inbox
                SET acknowledged = true, taken_by = CASE WHEN urgent THEN by END,
                    taken_at = CASE WHEN urgent AND by IS NOT NULL THEN countermand_now() END
               FROM unnest($1::text[], $2::text[]) AS given (delivery, by)
              WHERE id = delivery AND done_at IS NULL AND (acknowledged IS NULL OR taken_by = by)
             RETURNING id, urgent, taken_by, body, acknowledged, admitted_at, person
           )
           SELECT id, taken_by IS NOT NULL AS "isTaken", body, acknowledged,
                  micros(i.admitted_at) AS admitted,
                  micros(countermand_now()) - micros(i.admitted_at) AS waited,
                  (SELECT count(*) FROM inbox o
                    WHERE o.person = i.person
                      AND (o.admitted_at, o.id) <= (i.admitted_at, i.id)
                      AND o.admitted_at > i.admitted_at - interval '1 minute') AS recent,
                  CASE WHEN taken_by IS NULL THEN graphile_worker.add_job(
                    CASE WHEN urgent THEN 'deliver-urgent' ELSE 'deliver' END,
                    json_build_object('delivery', id),
                    job_key := 'deliver:' || id, max_attempts := 1000, priority := -5) END
             FROM known i`,
        values: [given.map(({ id }) => id), given.map(({ hand }) => hand?.name ?? null)],
      })
      for (const row of rows) {
        const delivery = row.isTaken ? deliveryOf(row) : undefined
        if (!delivery) continue
        taken.add(row.id)
        arrived.set(deliveryId(row.id), delivery)
      }
    } finally {
      for (const { id, hand } of given)
        if (taken.has(id)) void hand?.take(id).finally(() => arrived.delete(id))
        else hand?.letGo()
    }
    return all.map(() => undefined)
  }

interface Loaded {
  readonly id: string
  readonly body: Json | null
  readonly acknowledged: boolean | null
  readonly admitted: string
  readonly waited: string
  readonly recent: string
}

const deliveryOf = (row: Loaded): Delivery | undefined =>
  row.body
    ? {
        body: row.body,
        isAcknowledged: row.acknowledged === true,
        admittedAt: instant(Number(row.admitted)),
        waited: micros(Number(row.waited)),
        withinMinute: Number(row.recent),
      }
    : undefined

const loadedFrom = (pool: Pool) => async (ids: readonly DeliveryId[]) => {
  const { rows } = await pool.query<Loaded>({
    name: 'load-deliveries',
    text: `SELECT id, body, acknowledged, micros(i.admitted_at) AS admitted,
                  micros(countermand_now()) - micros(i.admitted_at) AS waited,
                  (SELECT count(*) FROM inbox o
                    WHERE o.person = i.person
                      AND (o.admitted_at, o.id) <= (i.admitted_at, i.id)
                      AND o.admitted_at > i.admitted_at - interval '1 minute') AS recent
             FROM inbox i WHERE id = ANY ($1) AND done_at IS NULL`,
    values: [ids],
  })
  const found = new Map(rows.map((row) => [row.id, deliveryOf(row)]))
  return ids.map((id) => found.get(id))
}

/** What was said in it is not needed any more; that it came is remembered against replays. */
const settledIn = (pool: Pool) => async (ids: readonly DeliveryId[]) => {
  await pool.query({
    name: 'done',
    text: `UPDATE inbox SET done_at = countermand_now(), body = NULL
            WHERE id = ANY ($1) AND done_at IS NULL`,
    values: [ids],
  })
  return ids.map(() => undefined)
}

/** Forgets deliveries that were handled more than a day ago: no sender repeats itself that late. */
export async function tidyInbox(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM inbox WHERE done_at < countermand_now() - interval '1 day'`)
}
