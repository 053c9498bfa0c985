import { z } from 'zod'

/** Of the Engine API (1.24 to 1.52), the fields that are used. Docker writes `null` where there is nothing. */
const orEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(schema)
    .nullish()
    .transform((list) => list ?? [])

const Labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {})

export const Listed = z.object({ Id: z.string() })

const Health = z.object({
  Status: z.string(),
  Log: orEmpty(z.object({ ExitCode: z.number(), Output: z.string() })),
})

export const Container = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  /** What runs: the content itself, whatever its tags say by now. */
  Image: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  RestartCount: z.number(),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    Error: z.string(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
    OOMKilled: z.boolean(),
    Health: Health.optional(),
  }),
  Mounts: orEmpty(
    z.object({ Type: z.string(), Name: z.string().optional(), Destination: z.string() }),
  ),
  HostConfig: z.object({ RestartPolicy: z.object({ Name: z.string() }).nullish() }).nullish(),
  Config: z.object({
    /** As it was asked for. */
    Image: z.string(),
    Labels,
    Tty: z.boolean(),
  }),
})
export type Container = z.infer<typeof Container>

export const LocalImage = z.object({
  Id: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  RepoTags: orEmpty(z.string()),
  RepoDigests: orEmpty(z.string()),
  /** In a list. */
  Labels,
  /** Of one that is asked for by itself. */
  Config: z.object({ Labels }).nullish(),
})
export type LocalImage = z.infer<typeof LocalImage>

/** Those of the image itself, which belong to its content. */
export const labelsOf = ({ Labels: listed, Config }: LocalImage): z.infer<typeof Labels> => ({
  ...listed,
  ...Config?.Labels,
})

/** `SystemTime`: by the engine’s own clock, which its dates are of. */
export const Info = z.object({ ID: z.string(), SystemTime: z.string() })
export type Info = z.infer<typeof Info>
export const Refused = z.object({ message: z.string() })
