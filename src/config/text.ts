import { z } from 'zod'

/** What people read: one line, without characters that nobody sees. */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control or invisible characters')
