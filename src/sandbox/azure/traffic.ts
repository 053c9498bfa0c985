import { z } from 'zod'
import { Refusal } from './refusal.ts'

export interface PretendEndpoint {
  readonly name: string
  readonly region: string
  readonly priority: number
  status: 'Enabled' | 'Disabled'
  /** Since when it is looked at; milliseconds. */
  watchedSince: number
}

export interface Profile {
  readonly name: string
  readonly routing: 'Priority' | 'Weighted'
  readonly ttl: number
  readonly endpoints: PretendEndpoint[]
}

/** What Azure lets be written of an endpoint here: nothing but whether it is enabled. */
const Patch = z.strictObject({
  properties: z.strictObject({ endpointStatus: z.enum(['Enabled', 'Disabled']) }),
})

/** Whether a region answers, and how long a look at it takes. */
export interface Watch {
  readonly isUp: (region: string) => boolean
  readonly lookMs: number
  readonly now: () => number
}

export const monitorStatus = (
  { status, region, watchedSince }: PretendEndpoint,
  watch: Watch,
): string => {
  if (status === 'Disabled') return 'Disabled'
  if (watch.now() - watchedSince < watch.lookMs) return 'CheckingEndpoint'
  return watch.isUp(region) ? 'Online' : 'Degraded'
}

const type = 'Microsoft.Network/trafficManagerProfiles'
export const profileId = (base: string, name: string): string => `${base}/providers/${type}/${name}`

export function profileView(base: string, profile: Profile, watch: Watch) {
  const id = profileId(base, profile.name)
  const states = profile.endpoints.map((one) => monitorStatus(one, watch))
  return {
    id,
    name: profile.name,
    type,
    location: 'global',
    properties: {
      profileStatus: 'Enabled',
      trafficRoutingMethod: profile.routing,
      dnsConfig: {
        relativeName: profile.name,
        fqdn: `${profile.name}.trafficmanager.net`,
        ttl: profile.ttl,
      },
      monitorConfig: {
        profileMonitorStatus: states.includes('Online') ? 'Online' : 'Degraded',
        protocol: 'HTTPS',
        port: 443,
        path: '/health',
        intervalInSeconds: 10,
        timeoutInSeconds: 5,
        toleratedNumberOfFailures: 2,
      },
      endpoints: profile.endpoints.map((one) => endpointView(id, one, watch)),
    },
  }
}

export const endpointView = (profile: string, one: PretendEndpoint, watch: Watch) => ({
  id: `${profile}/azureEndpoints/${one.name}`,
  name: one.name,
  type: `${type}/azureEndpoints`,
  properties: {
    endpointStatus: one.status,
    endpointMonitorStatus: monitorStatus(one, watch),
    target: `${one.name}.azurewebsites.net`,
    weight: 1,
    priority: one.priority,
    endpointLocation: one.region,
  },
})

/** Answers whether anything changed. */
export function patchEndpoint(
  profile: Profile,
  name: string,
  body: unknown,
  watch: Watch,
): boolean {
  const found = profile.endpoints.find((one) => one.name === name)
  if (!found) throw new Refusal(404, 'NotFound', `The endpoint ${name} could not be found.`)
  const parsed = Patch.safeParse(body)
  if (!parsed.success) throw new Refusal(400, 'BadRequest', parsed.error.message)
  const { endpointStatus } = parsed.data.properties
  if (found.status === endpointStatus) return false
  found.status = endpointStatus
  found.watchedSince = watch.now()
  return true
}
