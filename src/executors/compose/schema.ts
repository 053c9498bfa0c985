import { z } from 'zod'
import { type RevisionId, revisionId, type WorkloadId, workloadId } from '#domain/ids.ts'

/** What Compose accepts as a name. */
const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,127}$/i, 'is not a name of Compose')

export const ComposeTarget = z.object({
  /** One of `docker` in the configuration. */
  docker: z.string(),
  project: name,
  service: name,
  /** Where the files are, on the machine of this process. */
  directory: z.string().startsWith('/'),
  files: z.array(z.string().min(1)).min(1),
})
export type ComposeTarget = z.infer<typeof ComposeTarget>

const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)

/** The id of an image: a digest over its content. */
const ImageId = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text): RevisionId => revisionId(text))

/** Some of a service’s containers, replaced while the others serve. */
const Part = z.object({
  /** So many have the wanted image afterwards, or more. */
  count: z.int().min(1),
  /** Of so many. */
  scale: z.int().min(2),
  /** No more than these are away at the same time. */
  atOnce: z.int().min(1),
})

export type Part = z.infer<typeof Part>

export const ComposeChange = z.object({
  kind: z.literal('put_image'),
  target: ComposeTarget,
  workload: WorkloadIdText,
  /** What serves before the change, and after it. */
  from: ImageId,
  to: ImageId,
  /** As people say it, and what the image was called when it ran. */
  name: z.string(),
  reference: z.string(),
  /** Takes back such a change of ours. */
  undoes: z.boolean(),
  /** Absent where all containers are replaced together. */
  part: Part.exactOptional(),
})
export type ComposeChange = z.infer<typeof ComposeChange>

/** These containers and no others are stopped, and the same started again. */
export const RunningChange = z.object({
  kind: z.literal('set_running'),
  target: ComposeTarget,
  workload: WorkloadIdText,
  /** Their ids: those that ran when it was planned. */
  containers: z.array(z.string()),
  isRunning: z.boolean(),
})
export type RunningChange = z.infer<typeof RunningChange>

/** Everything that the executor of Compose is handed to apply. */
export const AnyComposeChange = z.discriminatedUnion('kind', [ComposeChange, RunningChange])

/** A service that stands for itself, such as a slot, and is started at an image. */
export const SlotService = z.object({
  target: ComposeTarget,
  image: ImageId,
  /** What the image was called when it ran, and how people call it. */
  reference: z.string(),
  name: z.string(),
  scale: z.int().min(1),
  /** What its containers had when it was looked at, `null` where there were none: anything else there is somebody else's by now. */
  over: ImageId.nullable(),
})
export type SlotService = z.infer<typeof SlotService>
