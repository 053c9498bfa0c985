import { addressesOf, resolveAll } from '#addresses.ts'
import type { Json } from '#domain/json.ts'
import type { Operation, RegionProvider, Seen } from '#executors/region/provider.ts'
import { type PinnedAnswer, pinnedRequest } from '#pinned-request.ts'
import { type Azure, type AzureConnection, connect } from './connection.ts'
import { failureOf, isMissing } from './failure.ts'
import { AccountAnswer, ProfileAnswer } from './objects.ts'
import { AzureAt } from './schema.ts'
import { seenOf, regionName } from './seen.ts'

type Accounts = Azure['writes']['cosmos']['databaseAccounts']
type Poller = ReturnType<Accounts['offlineRegion']>
type Action = 'failoverPriorityChange' | 'offlineRegion' | 'onlineRegion'

interface Begun {
  readonly action: Action
  readonly state: string
}

interface Limits {
  readonly requestOptions: { readonly timeout: number }
}

/** What directs requests, and the database, in Azure's own names of rights. */
const profiles = 'Microsoft.Network/trafficManagerProfiles'
const accounts = 'Microsoft.DocumentDB/databaseAccounts'
const probeMs = 3_000

/** Follows no redirect; what it says does not matter. */
async function answered(url: URL, signal: AbortSignal): Promise<PinnedAnswer> {
  const addresses = await addressesOf(url.hostname, resolveAll, signal)
  return pinnedRequest(url, addresses, { signal, limit: 1_000, headers: {} })
}

/** Azure: Traffic Manager directs the requests, Cosmos DB takes the writes. */
export function azure(options: AzureConnection): RegionProvider {
  const { timeoutMs = 10_000, beforeChange, endpoint } = options
  const connected = new Map<string, Promise<Azure>>()
  /** What this process began, by account, as the SDK writes it down; the arrangement says the rest. */
  const begun = new Map<string, Begun>()

  const clients = ({ subscription }: AzureAt): Promise<Azure> => {
    const found = connected.get(subscription) ?? connect(subscription, options)
    connected.set(subscription, found)
    return found
  }

  async function asked<Answer>(
    spec: AzureAt,
    [right, on]: readonly [string, string],
    signal: AbortSignal,
    send: (azure: Azure, abortSignal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      return await send(await clients(spec), inTime)
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(error, { right, on, timeoutMs })
    }
  }

  const profileOf = async (
    spec: AzureAt,
    signal: AbortSignal,
  ): Promise<ProfileAnswer | undefined> => {
    const { resourceGroup, profile } = spec.trafficManager
    const answer = await asked(
      spec,
      [`${profiles}/read`, titleOf(spec)],
      signal,
      ({ reads }, abortSignal) =>
        reads.traffic.profiles
          .get(resourceGroup, profile, { abortSignal })
          .catch((error: unknown) => noneWhereMissing(error)),
    )
    return answer && ProfileAnswer.parse(answer)
  }

  const accountOf = async (
    spec: AzureAt,
    { resourceGroup, account }: NonNullable<AzureAt['cosmos']>,
    signal: AbortSignal,
  ): Promise<AccountAnswer> =>
    AccountAnswer.parse(
      await asked(
        spec,
        [`${accounts}/read`, `account ${account}`],
        signal,
        ({ reads }, abortSignal) =>
          reads.cosmos.databaseAccounts.get(resourceGroup, account, { abortSignal }),
      ),
    )

  async function see(at: Json, signal: AbortSignal): Promise<Seen | undefined> {
    const spec = AzureAt.parse(at)
    const [profile, account] = await Promise.all([
      profileOf(spec, signal),
      spec.cosmos && accountOf(spec, spec.cosmos, signal),
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
    const found = (await profileOf(spec, signal))?.endpoints.find((one) => one.name === name)
    const type = typeIn(found?.type)
    beforeChange?.()
    await asked(
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

  /** Begins a change of the database, and keeps what Azure answers with: only that tells why it was not done. */
  async function begin(
    at: Json,
    action: Action,
    signal: AbortSignal,
    send: (accounts: Accounts, names: readonly [string, string], options: Limits) => Poller,
  ): Promise<void> {
    const spec = AzureAt.parse(at)
    if (!spec.cosmos) throw new Error('the target names no database')
    const { resourceGroup, account } = spec.cosmos
    beforeChange?.()
    await asked(
      spec,
      [`${accounts}/${action}/action`, `account ${account}`],
      signal,
      async ({ writes }) => {
        // A signal would end what is asked about it later, too.
        const poller = send(writes.cosmos.databaseAccounts, [resourceGroup, account], {
          requestOptions: { timeout: timeoutMs },
        })
        await poller.submitted()
        begun.set(account, { action, state: await poller.serialize() })
      },
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
      const { locations } = await accountOf(spec, spec.cosmos, signal)
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
      begin(at, 'failoverPriorityChange', signal, (databaseAccounts, [group, account], limits) =>
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
      begin(at, 'offlineRegion', signal, (databaseAccounts, [group, account], limits) =>
        databaseAccounts.offlineRegion(group, account, { region }, limits),
      ),
    takeUp: (at, region, signal) =>
      begin(at, 'onlineRegion', signal, (databaseAccounts, [group, account], limits) =>
        databaseAccounts.onlineRegion(group, account, { region }, limits),
      ),

    async operation(at, signal): Promise<Operation> {
      const spec = AzureAt.parse(at)
      const found = begun.get(spec.cosmos?.account ?? '')
      if (!found) return { kind: 'unknown' }
      const { reads, restored } = await clients(spec)
      const poller = restored(found.state, reads.cosmos.databaseAccounts[found.action])
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      try {
        const { status, error } = await poller.poll({ abortSignal: inTime })
        if (status !== 'failed') return { kind: status === 'succeeded' ? 'done' : 'running' }
        throw error ?? new Error('Azure does not say why')
      } catch (error) {
        signal.throwIfAborted()
        return whyFailed(error)
      }
    },

    lookCommand(at) {
      const { subscription, trafficManager } = AzureAt.parse(at)
      return `az network traffic-manager endpoint list --subscription ${subscription} --resource-group ${trafficManager.resourceGroup} --profile-name ${trafficManager.profile} --output table`
    },
  }
}

/** An answer that did not come says nothing of the change. */
const whyFailed = (error: unknown): Operation =>
  error instanceof Error && error.name === 'Error' && !('statusCode' in error)
    ? {
        kind: 'failed',
        why: error.message.replace(/^The long-running operation has failed\. /, ''),
      }
    : { kind: 'unknown' }

const noneWhereMissing = (error: unknown): undefined => {
  if (!isMissing(error)) throw error
}

const titleOf = ({ trafficManager }: AzureAt): string => `profile ${trafficManager.profile}`

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
