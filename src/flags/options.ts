import { z } from 'zod'
import type { Json } from '#domain/json.ts'

export interface ProviderOptions {
  /** As people call it: `Unleash (shop)`. */
  readonly name: string
  readonly url: string
  readonly token: string
}

/** Whatever the provider keeps, to be written down and compared. */
export const Kept: z.ZodType<Json> = z.json()
