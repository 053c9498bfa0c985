import { z } from 'zod'

/** A flag in one environment of a provider that the configuration names. */
export const FlagTarget = z.object({
  provider: z.string(),
  project: z.string(),
  key: z.string(),
  environment: z.string(),
})
export type FlagTarget = z.infer<typeof FlagTarget>

/** The flag on or off, everything else about it as it was: `rules` names that. */
export const FlagChange = z.object({
  kind: z.literal('switch'),
  target: FlagTarget,
  isOn: z.boolean(),
  rules: z.string(),
})
export type FlagChange = z.infer<typeof FlagChange>
