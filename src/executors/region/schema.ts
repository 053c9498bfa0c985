import { z } from 'zod'
import { type WorkloadId, workloadId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'

const Raw = z.custom<Json>((value) => value !== undefined)

export const RegionTarget = z.object({
  provider: z.string(),
  regions: z.array(z.object({ name: z.string(), endpoint: z.string() })).min(2),
  /** The provider's own part. */
  at: Raw,
})
export type RegionTarget = z.infer<typeof RegionTarget>

/** What tells one arrangement of the regions from another. */
export const Arrangement = z.object({
  /** Endpoints by name, in the order of the alphabet. */
  open: z.array(z.string()),
  /** The region that takes writes; null where none alone does. */
  writesIn: z.string().nullable(),
})
export type Arrangement = z.infer<typeof Arrangement>

const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)

export const RegionChange = z.object({
  kind: z.enum(['open', 'close', 'write_to', 'give_up', 'take_up']),
  target: RegionTarget,
  workload: WorkloadIdText,
  /** Of what directs the requests: one of that name that was made anew is another. */
  id: z.string(),
  region: z.string(),
  /** Its endpoint. */
  endpoint: z.string(),
  /** Every arrangement on the planned way, from what is there to what is wanted; nobody takes a token that would tell a change from another. */
  path: z.array(Arrangement),
  /** Where on that way this change begins, and where it ends. */
  from: z.int(),
  to: z.int(),
})
export type RegionChange = z.infer<typeof RegionChange>
