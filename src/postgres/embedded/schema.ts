import { z } from 'zod'

/** `native/pg-symlinks.json`: both paths are relative to the package. */
export const EmbeddedLinks = z.array(z.object({ source: z.string(), target: z.string() }))

/** What lies beside the database files, readable by their owner only. */
export const Credentials = z.object({ owner: z.string(), runtime: z.string() })
export type Credentials = z.infer<typeof Credentials>
