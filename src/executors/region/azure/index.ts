import { addressesOf, resolveAll } from '#addresses.ts'
import type { Json } from '#domain/json.ts'
import type { RegionProvider, Seen } from '#executors/region/provider.ts'
import { type PinnedAnswer, pinnedRequest } from '#pinned-request.ts'
import type { AzureConnection } from './connection.ts'
import { databaseChanges } from './database-changes.ts'
import { azureQuestions, profiles } from './questions.ts'
import { AzureAt } from './schema.ts'
import { seenOf, regionName } from './seen.ts'

const probeMs = 3_000

/** Follows no redirect; what it says does not matter. */
async function answered(url: URL, signal: AbortSignal): Promise<PinnedAnswer> {
  const addresses = await addressesOf(url.hostname, resolveAll, signal)
  return pinnedRequest(url, addresses, { signal, limit: 1_000, headers: {} })
}

/** Azure: Traffic Manager directs the requests, Cosmos DB takes the writes. */
export function azure(options: AzureConnection): RegionProvider {
  const { beforeChange, endpoint } = options
  const questions = azureQuestions(options)
  const { begin, operation } = databaseChanges(questions, beforeChange)

  async function see(at: Json, signal: AbortSignal): Promise<Seen | undefined> {
    const spec = AzureAt.parse(at)
    const [profile, account] = await Promise.all([
      questions.profile(spec, signal),
      spec.cosmos && questions.account(spec, spec.cosmos, signal),
    ])
    return profile && seenOf(profile, account ?? undefined, spec.cosmos?.account ?? '')
  }

  async function set(
    at: Json,
    name: string,
    endpointStatus: 'Enabled' | 'Disabled',
    signal: AbortSignal,
  ): Promise<void> {
    const spec = AzureAt.parse(at)
    const found = (await questions.profile(spec, signal))?.endpoints.find(
      (one) => one.name === name,
    )
    const type = typeIn(found?.type)
    beforeChange?.()
    await questions.asked(
      spec,
      [`${profiles}/${type}/write`, `endpoint ${name}`],
      signal,
      ({ writes }, abortSignal) =>
        writes.traffic.endpoints.update(
          spec.trafficManager.resourceGroup,
          spec.trafficManager.profile,
          type,
          name,
          { endpointStatus },
          { abortSignal },
        ),
    )
  }

  return {
    kind: 'azure',
    calls: 'Traffic Manager',
    problems: (at) => AzureAt.safeParse(at).error?.issues.map(({ message }) => message) ?? [],
    see,
    open: (at, name, signal) => set(at, name, 'Enabled', signal),
    close: (at, name, signal) => set(at, name, 'Disabled', signal),

    /** Its gateway there wants a key that nobody here has: any answer but trouble says that it is up. */
    async answers(at, region, signal) {
      const spec = AzureAt.parse(at)
      if (!spec.cosmos) return true
      const { locations } = await questions.account(spec, spec.cosmos, signal)
      const place = locations.find((one) => regionName(one.locationName) === region)
      const url = place?.documentEndpoint
      if (url === undefined || !isOwn(url, spec.cosmos.account, endpoint)) return false
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(probeMs)])
      const answer = await answered(new URL(url), inTime).catch(() => undefined)
      signal.throwIfAborted()
      return answer !== undefined && answer.status < 500
    },

    /** Every region has to be named, each with a priority of its own. */
    order: (at, order, signal) =>
      begin(
        at,
        { kind: 'write_to', region: order[0] ?? '' },
        signal,
        (databaseAccounts, [group, account], limits) =>
          databaseAccounts.failoverPriorityChange(
            group,
            account,
            {
              failoverPolicies: order.map((locationName, failoverPriority) => ({
                locationName,
                failoverPriority,
              })),
            },
            limits,
          ),
      ),
    giveUp: (at, region, signal) =>
      begin(at, { kind: 'give_up', region }, signal, (databaseAccounts, [group, account], limits) =>
        databaseAccounts.offlineRegion(group, account, { region }, limits),
      ),
    takeUp: (at, region, signal) =>
      begin(at, { kind: 'take_up', region }, signal, (databaseAccounts, [group, account], limits) =>
        databaseAccounts.onlineRegion(group, account, { region }, limits),
      ),

    operation,

    lookCommand(at) {
      const { subscription, trafficManager } = AzureAt.parse(at)
      return `az network traffic-manager endpoint list --subscription ${subscription} --resource-group ${trafficManager.resourceGroup} --profile-name ${trafficManager.profile} --output table`
    },
  }
}

/** `Microsoft.Network/trafficManagerProfiles/azureEndpoints`, as it is written in addresses. */
function typeIn(type = ''): 'AzureEndpoints' | 'ExternalEndpoints' | 'NestedEndpoints' {
  if (/\/externalEndpoints$/i.test(type)) return 'ExternalEndpoints'
  return /\/nestedEndpoints$/i.test(type) ? 'NestedEndpoints' : 'AzureEndpoints'
}

/** Nothing but the account's own address is asked, whatever Azure's answer says (threat T139). */
function isOwn(url: string, account: string, endpoint: string | undefined): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, origin } = new URL(url)
  if (endpoint !== undefined && origin === endpoint) return true
  return (
    protocol === 'https:' &&
    hostname.startsWith(`${account}-`) &&
    /\.documents\.azure\.(com|cn|us)$/.test(hostname)
  )
}
