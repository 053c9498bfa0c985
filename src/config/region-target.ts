import { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import type { WayKind } from '#domain/rollback/ways.ts'
import type { Target } from '#domain/service.ts'
import type { Finding } from './finding.ts'

const AzureName = z
  .string()
  .regex(/^[\w.()-]{1,90}$/, 'must be a name in Azure: letters, digits, dashes and underscores')

const AzureRegion = z
  .string()
  .regex(/^[a-z]+[a-z0-9]*$/, 'must be Azure’s short name of a region, such as westeurope')

/** Where production is in several regions, and which of them takes the requests. */
export const RegionTarget = z.strictObject({
  provider: z.literal('azure'),
  subscription: z.guid('must be the id of a subscription'),
  trafficManager: z.strictObject({ resourceGroup: AzureName, profile: AzureName }),
  /** Its account, where writes have to move with the requests. */
  cosmos: z.strictObject({ resourceGroup: AzureName, account: AzureName }).optional(),
  /** By region: the endpoint of the profile that leads there. */
  regions: z
    .record(AzureRegion, z.strictObject({ endpoint: AzureName }))
    .refine((regions) => Object.keys(regions).length > 1, 'must name two regions at least')
    .refine(
      (regions) =>
        new Set(Object.values(regions).map(({ endpoint }) => endpoint)).size ===
        Object.keys(regions).length,
      'must name another endpoint for every region',
    ),
})
type RegionRow = z.infer<typeof RegionTarget>

export function regionTarget(row: RegionRow): Target {
  const { provider, subscription, trafficManager, cosmos, regions } = row
  const { resourceGroup, profile } = trafficManager
  return {
    executor: 'region',
    workload: workloadId(`${provider}/${subscription}/${resourceGroup}/${profile}`.toLowerCase()),
    title: `Traffic Manager profile ${profile}`,
    spec: {
      provider,
      regions: Object.entries(regions).map(([name, { endpoint }]) => ({ name, endpoint })),
      at: { subscription, trafficManager, cosmos: cosmos ?? null },
    },
  }
}

interface Row {
  readonly targets: readonly { readonly region?: unknown }[]
  readonly roles: { readonly 'on-call-engineer'?: unknown }
  readonly mechanismOrder?: readonly WayKind[] | undefined
}

/** Open to no target but a region. */
const regionWays: readonly WayKind[] = ['regional-failover', 'region-offline']

/** What of a service does not go with its being a region, or not being one. */
export function regionProblems({ targets, roles, mechanismOrder }: Row): readonly Finding[] {
  if (targets.some(({ region }) => region))
    return roles['on-call-engineer'] === undefined
      ? [
          {
            path: ['roles'],
            text: 'needs an on-call-engineer of its own: the on-call SRE, who may move production to another region',
          },
        ]
      : []
  return (mechanismOrder ?? []).flatMap((way, index) =>
    regionWays.includes(way)
      ? [
          {
            path: ['mechanismOrder', index],
            text: `${way} is a way between regions, and none of its targets is a region: leave it out`,
          },
        ]
      : [],
  )
}
