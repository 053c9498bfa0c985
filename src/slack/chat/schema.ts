import { z } from 'zod'

/** What we read of a message that stands in a channel. */
export const PastMessage = z.object({
  ts: z.string(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  metadata: z
    .object({
      event_type: z.string(),
      event_payload: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  /** Of a message that began a thread. */
  reply_count: z.number().optional(),
  files: z.array(z.object({ title: z.string().nullish() })).optional(),
})
export type PastMessage = z.infer<typeof PastMessage>

export const PastMessages = z.object({
  messages: z.array(PastMessage).default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})
