import { z } from 'zod'
import { RawObject } from '../schema.ts'

/** What a plan about a canary behind a route holds on to: both Deployments as without a route, and the weights as they were. */
export const RoutedPrecondition = z.object({
  plain: RawObject,
  route: z.object({ uid: z.string(), weights: z.record(z.string(), z.number()) }).nullable(),
})
