import { z } from 'zod'

const Matcher = z
  .string()
  .max(300)
  .regex(
    /^[a-zA-Z_]\w*(=|!=|=~|!~)"[^"\\]*"(, *[a-zA-Z_]\w*(=|!=|=~|!~)"[^"\\]*")*$/,
    'must be labels as Prometheus matches them, such as track="canary"',
  )
const ArmQuery = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(2000)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must not hold control or invisible characters')
    .refine((query) => query.includes('$arm') && query.includes('$window'), {
      message: 'must hold $arm, where the labels of an arm go, and $window',
    }),
})

/** How a canary is told from what runs beside it. */
export const CanarySection = z
  .strictObject({
    arms: z.strictObject({ canary: Matcher, baseline: Matcher }),
    requests: ArmQuery,
    errors: ArmQuery,
  })
  .refine(({ arms }) => arms.canary !== arms.baseline, {
    path: ['arms'],
    message: 'must differ: both name the same series',
  })
  .refine(({ requests, errors }) => requests.query !== errors.query, {
    path: ['errors'],
    message: 'counts the same as requests',
  })
