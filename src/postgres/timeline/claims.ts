import type { PoolClient } from 'pg'
import {
  type IncidentId,
  incidentId,
  type PromotionId,
  type RollbackId,
  rollbackId,
  type WorkloadId,
} from '#domain/ids.ts'
import { type Instant, isoMicros } from '#domain/time.ts'
import { WorkloadTaken } from '#ports/store.ts'

/** Takes the workload for the rollback, or throws `WorkloadTaken` with who has it. Waits for a rival's transaction to end. */
export async function claimWorkload(
  client: PoolClient,
  incident: IncidentId,
  {
    workload,
    rollback,
  }: { readonly workload: WorkloadId; readonly rollback: RollbackId | PromotionId },
  now: Instant,
): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { rowCount } = await client.query(
      `INSERT INTO workload_claims (rollback, workload, stream_id, claimed_at)
       VALUES ($1, $2, $3, $4::timestamptz)
       ON CONFLICT DO NOTHING`,
      [rollback, workload, incident, isoMicros(now)],
    )
    if (rowCount === 1) return
    const { rows } = await client.query<{ rollback: string; incident: string }>(
      `SELECT rollback, stream_id AS incident FROM workload_claims
        WHERE workload = $1 AND released_at IS NULL`,
      [workload],
    )
    const holder = rows[0]
    if (holder?.rollback === rollback) return
    if (holder) throw new WorkloadTaken(incidentId(holder.incident), rollbackId(holder.rollback))
    // Freed between the two statements: try again.
  }
  throw new Error('A workload could not be claimed although nobody holds it', {
    cause: { workload, rollback },
  })
}
