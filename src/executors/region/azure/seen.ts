import type { Health, Seen } from '#executors/region/provider.ts'
import type { AccountAnswer, ProfileAnswer } from './objects.ts'

/** `West Europe` and `westeurope` are the same place. */
export const regionName = (text: string): string => text.toLowerCase().replaceAll(' ', '')

/** Azure's word for how an endpoint is (Traffic Manager, endpoint monitor status). One that is not known yet is no good sign. */
const healths: Readonly<Record<string, Health>> = {
  Online: 'online',
  CheckingEndpoint: 'checking',
  Disabled: 'closed',
  Unmonitored: 'unwatched',
}

/** What Azure's two answers mean together. */
export function seenOf(
  profile: ProfileAnswer,
  account: AccountAnswer | undefined,
  name: string,
): Seen {
  const { monitorConfig: monitor } = profile
  return {
    id: profile.id.toLowerCase(),
    address: profile.dnsConfig.fqdn,
    isOn: profile.profileStatus === 'Enabled',
    answersWith: profile.trafficRoutingMethod === 'Priority' ? 'first' : 'every',
    ttlSeconds: profile.dnsConfig.ttl,
    noticedAfterSeconds:
      (monitor.toleratedNumberOfFailures + 1) * monitor.intervalInSeconds +
      monitor.timeoutInSeconds,
    endpoints: profile.endpoints.map((one) => ({
      name: one.name,
      isOpen: one.endpointStatus === 'Enabled',
      health:
        one.endpointStatus === 'Enabled' ? (healths[one.endpointMonitorStatus] ?? 'ill') : 'closed',
      says: one.endpointMonitorStatus || 'of unknown health',
      ...(one.priority === undefined ? {} : { rank: one.priority }),
    })),
    ...(account ? { writes: writesOf(account, name) } : {}),
  }
}

function writesOf(answer: AccountAnswer, account: string): NonNullable<Seen['writes']> {
  const { locations, failoverPolicies, provisioningState, consistencyPolicy } = answer
  return {
    name: `Cosmos DB account ${account}`,
    order: failoverPolicies
      .toSorted((one, other) => one.failoverPriority - other.failoverPriority)
      .map(({ locationName }) => regionName(locationName)),
    isBusy: provisioningState !== 'Succeeded',
    says: provisioningState,
    isShared: answer.enableMultipleWriteLocations,
    movesByItself: answer.enableAutomaticFailover,
    isStrong: consistencyPolicy?.defaultConsistencyLevel === 'Strong',
    offline: locations
      .filter(({ provisioningState: state }) => /^offline$/i.test(state ?? ''))
      .map(({ locationName }) => regionName(locationName)),
  }
}
