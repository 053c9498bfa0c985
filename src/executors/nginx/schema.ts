import { z } from 'zod'
import { ComposeTarget, SlotService } from '#executors/compose/schema.ts'
import { type RevisionId, revisionId, type WorkloadId, workloadId } from '#domain/ids.ts'

const SlotName = z.string().regex(/^[a-z][a-z0-9]{0,30}$/, 'must be small letters and digits')

const Slot = z.object({
  /** Addresses; a name that does not resolve would fail the whole reload. */
  servers: z.array(z.string()).min(1),
  /** Asked directly, past nginx. */
  health: z.string(),
  /** What stands in it, where that is a service of Compose: then it can be started. */
  compose: ComposeTarget.exactOptional(),
})

export const NginxTarget = z.object({
  upstream: z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/),
  /** The one file that is written; nginx includes it. */
  file: z.string().startsWith('/'),
  /** The header in which a slot says which version answers; it goes through nginx unchanged. */
  versionHeader: z.string(),
  /** What people reach, asked through nginx. */
  front: z.string(),
  slots: z.record(SlotName, Slot).refine((slots) => Object.keys(slots).length === 2, {
    message: 'needs two slots',
  }),
  /** Asked for by `sudo -n`. */
  sudo: z.boolean(),
})
export type NginxTarget = z.infer<typeof NginxTarget>

/** Who serves: one slot all, or another one a share of it. Neither 0 nor 100 percent is a share: nginx takes none of them. */
export const Division = z.object({
  serving: SlotName,
  canary: z.object({ slot: SlotName, percent: z.number().gt(0).lt(100) }).nullable(),
})
export type Division = z.infer<typeof Division>

const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)
const Version = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text): RevisionId => revisionId(text))

export const NginxChange = z.object({
  /** `share`: of a canary, moved by a promotion. */
  kind: z.enum(['divide', 'share']),
  target: NginxTarget,
  workload: WorkloadIdText,
  before: Division,
  after: Division,
  /** The version that leaves, and the one that serves afterwards with its name. */
  from: Version,
  to: Version,
  name: z.string(),
  /** Takes back such a change of ours. */
  undoes: z.boolean(),
})
export type NginxChange = z.infer<typeof NginxChange>

/** What is done with a slot to which no requests go. `leave`: nothing; one that was started is not stopped again. */
export const SlotChange = z.object({
  kind: z.literal('slot'),
  does: z.enum(['start', 'leave']),
  target: NginxTarget,
  slot: SlotName,
  /** The version that it shall have, by its own word. */
  version: z.string(),
  service: SlotService,
})
export type SlotChange = z.infer<typeof SlotChange>
