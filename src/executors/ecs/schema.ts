import { z } from 'zod'
import { type WorkloadId, workloadId } from '#domain/ids.ts'

/** What ECS accepts as a name. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/, 'is not a name of ECS')

export const EcsTarget = z.object({
  cluster: name,
  service: name,
  /** Null: whatever AWS's own variables say. */
  region: z.string().nullable(),
  /** A task definition that was deregistered may be registered once more, to be deployed. */
  registerAgain: z.boolean().exactOptional(),
})
export type EcsTarget = z.infer<typeof EcsTarget>

const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)

/** The service a change is meant for; one of that name that was made anew is another. */
export const changeAt = {
  target: EcsTarget,
  workload: WorkloadIdText,
  /** Its ARN. */
  service: z.string(),
  /** When it was made, which tells it from another of that name; microseconds since 1970. */
  createdAt: z.number().nullable(),
}

export const EcsChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('register'),
    ...changeAt,
    /** The task definition that is to be copied, by its full ARN. */
    definition: z.string(),
    /** The newest deployment when this was planned. */
    after: z.string().nullable(),
    /** Takes such a change of ours back, which leaves the copy: it harms nobody, and nobody has the right to deregister. */
    undoes: z.boolean(),
  }),
  z.object({
    kind: z.literal('go_back'),
    ...changeAt,
    /** Task definitions by their full ARN: a family may be called otherwise in every deployment, and alone means its latest. */
    from: z.string(),
    to: z.string(),
    /** The newest deployment when this was planned; ECS has no token that would tell a change from another. */
    after: z.object({ arn: z.string(), at: z.number() }).nullable(),
    /** Takes back such a change of ours. */
    undoes: z.boolean(),
    /** The deployment that brought it has ended badly, and another is asked for even where the service names the definition still. */
    anew: z.literal(true).exactOptional(),
  }),
  z.object({
    kind: z.literal('halt'),
    ...changeAt,
    /** The deployment that is under way. */
    deployment: z.string(),
    /** What it leaves when it is taken back. */
    back: z.string(),
  }),
  z.object({
    kind: z.literal('go_on'),
    ...changeAt,
    /** The deployment that waits, and the hook and stage that it waits at. */
    deployment: z.string(),
    hook: z.string(),
    stage: z.string().nullable().default(null),
    /** What it brings. */
    to: z.string(),
  }),
])
export type EcsChange = z.infer<typeof EcsChange>

/** How many tasks are asked for; what was asked for before is the undo's. */
export const CountChange = z.object({
  kind: z.literal('set_count'),
  ...changeAt,
  count: z.int().min(0),
})
export type CountChange = z.infer<typeof CountChange>

/** Everything that the executor of ECS is handed to apply. */
export const AnyEcsChange = z.discriminatedUnion('kind', [...EcsChange.options, CountChange])

export type ChangeOf<Kind extends EcsChange['kind']> = Extract<EcsChange, { kind: Kind }>
