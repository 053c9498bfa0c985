import { z } from 'zod'

const name = z.string().regex(/^[\w.()-]{1,90}$/, 'is not a name of Azure')

/** Azure’s own part of a target. */
export const AzureAt = z.object({
  subscription: z.guid('is not the id of a subscription'),
  trafficManager: z.object({ resourceGroup: name, profile: name }),
  cosmos: z.object({ resourceGroup: name, account: name }).nullable(),
})
export type AzureAt = z.infer<typeof AzureAt>
