import {
  type PretendAzure,
  pretendGroup,
  pretendName,
  pretendSubscription,
  startAzure,
} from '#sandbox/azure/index.ts'
import type { Elsewhere } from '#sandbox/metrics/history.ts'

/** The shop's front, in two regions of Azure; the second one is closed until it is needed. */
export const shopRegions = {
  service: 'storefront',
  resourceGroup: pretendGroup,
  profile: pretendName,
  account: pretendName,
  subscription: pretendSubscription,
  regions: ['westeurope', 'northeurope'],
} as const
const image = 'shop/storefront:8.1.0'

export const shopAzure = (lookMs: number): Promise<PretendAzure> =>
  startAzure({ enabled: ['West Europe'], lookMs, changeMs: lookMs, ttl: 30 })

/** As the health checks and the metrics of the shop want it: whoever takes the requests answers them. */
export const servingInRegions = (azure: PretendAzure): Elsewhere => ({
  onChange: (changed) => {
    azure.onChange(changed)
    return () => undefined
  },
  serving: () =>
    new Map([
      [shopRegions.service, azure.serving() === undefined ? new Map() : new Map([[image, 2]])],
    ]),
})
