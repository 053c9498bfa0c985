import { z } from 'zod'

/** What is used of Azure's answers; the rest passes by. */
export const ProfileAnswer = z.object({
  id: z.string(),
  profileStatus: z.string().default('Enabled'),
  trafficRoutingMethod: z.string().default(''),
  dnsConfig: z.object({ fqdn: z.string().default(''), ttl: z.number().default(60) }),
  monitorConfig: z
    .object({
      intervalInSeconds: z.number().default(30),
      timeoutInSeconds: z.number().default(10),
      toleratedNumberOfFailures: z.number().default(3),
    })
    .prefault({}),
  endpoints: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        endpointStatus: z.string().default('Enabled'),
        endpointMonitorStatus: z.string().default(''),
        priority: z.number().optional(),
      }),
    )
    .default([]),
})
export type ProfileAnswer = z.infer<typeof ProfileAnswer>

const Place = z.object({
  locationName: z.string(),
  failoverPriority: z.number().default(0),
  documentEndpoint: z.string().optional(),
  provisioningState: z.string().optional(),
})

/** As the SDK gives it: what Azure keeps under `properties` stands beside the rest. */
export const AccountAnswer = z.object({
  id: z.string(),
  provisioningState: z.string().default('Succeeded'),
  enableAutomaticFailover: z.boolean().default(false),
  enableMultipleWriteLocations: z.boolean().default(false),
  consistencyPolicy: z.object({ defaultConsistencyLevel: z.string() }).optional(),
  locations: z.array(Place).default([]),
  failoverPolicies: z
    .array(z.object({ locationName: z.string(), failoverPriority: z.number() }))
    .default([]),
})
export type AccountAnswer = z.infer<typeof AccountAnswer>
