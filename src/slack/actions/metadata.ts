import { z } from 'zod'
import { type Instant, instant } from '#domain/time.ts'
import type { Asker } from '../parts.ts'
import type { View } from '../schema.ts'

/** What a form remembers from its opening to its submission. */
const Metadata = z.object({
  /** The signed value of the button that opened it; none for the form of the command. */
  button: z.string().optional(),
  channel: z.string().optional(),
  thread: z.string().optional(),
  /** When it was opened, in microseconds: a rollback is asked for then, however long the form takes. */
  opened: z.number().transform(instant).optional(),
})
export type Metadata = z.infer<typeof Metadata>

export const metadataFor = (
  { channel, thread }: Asker,
  button?: string,
  opened?: Instant,
): string =>
  JSON.stringify({
    ...(button === undefined ? {} : { button }),
    ...(opened === undefined ? {} : { opened }),
    ...(channel === undefined ? {} : { channel }),
    ...(thread === undefined ? {} : { thread }),
  } satisfies Metadata)

export function readMetadata(text: string): Metadata | undefined {
  try {
    return Metadata.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Whoever uses a form is where it was opened: Slack does not say so again. */
export function askerIn(view: View, from: Asker): Asker {
  const { channel, thread } = readMetadata(view.private_metadata) ?? {}
  return { ...from, channel, thread }
}
