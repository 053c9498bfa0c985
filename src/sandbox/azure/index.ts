import { createFaults } from '#sandbox/cluster/faults.ts'
import { type Account, accountView, begun, plain, type PretendOperation } from './cosmos.ts'
import { Refusal } from './refusal.ts'
import { type Answer, type AzureExchange, serveAzure } from './server.ts'
import {
  endpointView,
  monitorStatus,
  patchEndpoint,
  type Profile,
  profileId,
  profileView,
} from './traffic.ts'

export interface AzureOptions {
  readonly subscription?: string
  /** As Azure writes them; the first is in front, and takes the writes. */
  readonly regions?: readonly string[]
  /** Of those, which are enabled at first. */
  readonly enabled?: readonly string[]
  readonly routing?: Profile['routing']
  readonly ttl?: number
  /** Until the first look at an endpoint. */
  readonly lookMs?: number
  /** What a change of the database takes. */
  readonly changeMs?: number
  readonly saysOffline?: boolean
  /** Where the regions’ gateways are asked, if something stands in front of it. */
  readonly gatewaysAt?: string
}

export type PretendAzure = Awaited<ReturnType<typeof startAzure>>

export const pretendSubscription = '5f0e1d2c-3b4a-4958-8776-655443322110'
export const pretendGroup = 'prod'
export const pretendName = 'shop'
/** Of what is asked, as the SDKs ask it. */
const versions = { traffic: '2022-04-01', cosmos: '2026-03-15' } as const

/** Azure Resource Manager on loopback, as far as one profile of Traffic Manager and one account of Cosmos DB go: as strict as Azure, or stricter. */
export async function startAzure(options: AzureOptions = {}) {
  const {
    subscription = pretendSubscription,
    regions = ['West Europe', 'North Europe'],
    lookMs = 0,
    changeMs = 0,
  } = options
  const base = `/subscriptions/${subscription}/resourceGroups/${pretendGroup}`
  const now = () => Date.now()
  const down = new Set<string>()
  const lost = new Set<string>()
  const faults = createFaults()
  const exchanges: AzureExchange[] = []
  const listeners = new Set<() => void>()
  const ended = new Map<string, PretendOperation>()
  let changes = 0
  let operations = 0
  let url = ''
  let profile: Profile | undefined = {
    name: pretendName,
    routing: options.routing ?? 'Priority',
    ttl: options.ttl ?? 30,
    endpoints: regions.map((region, at) => ({
      name: `shop-${plain(region)}`,
      region,
      priority: at + 1,
      status: (options.enabled ?? regions).includes(region) ? 'Enabled' : 'Disabled',
      watchedSince: 0,
    })),
  }
  const account: Account = {
    name: pretendName,
    order: [...regions],
    offline: new Set(),
    isMultiWrite: false,
    isAutomatic: false,
    consistency: 'Session',
    operation: undefined,
  }
  const watch = { isUp: (region: string) => !down.has(plain(region)), lookMs, now }
  const places = {
    isUp: (region: string) => !lost.has(region),
    takesMs: changeMs,
    now,
    saysOffline: options.saysOffline ?? true,
    gateway: (region: string) => `${options.gatewaysAt ?? url}/gateway/${region}`,
  }
  const changed = () => {
    changes += 1
    for (const listener of listeners) listener()
  }

  /** What is due by now. */
  function settle(): void {
    const { operation } = account
    if (!operation || now() < operation.endsAt) return
    account.operation = undefined
    ended.set(operation.id, operation)
    if (operation.why === undefined) {
      operation.end()
      for (const listener of listeners) listener()
    }
  }

  function answer(method: string, path: string, version: string, body: unknown): Answer {
    settle()
    const status = /\/locations\/westeurope\/operationsStatus\/(op-\d+)$/.exec(path)?.[1]
    if (status !== undefined) return operationStatus(status)
    if (!path.toLowerCase().startsWith(base.toLowerCase()))
      throw new Refusal(404, 'ResourceGroupNotFound', `There is no ${path}.`)
    const [, , , , , , provider = '', , name = '', kind = '', endpoint = ''] = path.split('/')
    const isTraffic = /^Microsoft\.Network$/i.test(provider)
    if (version !== (isTraffic ? versions.traffic : versions.cosmos))
      throw new Refusal(400, 'InvalidApiVersionParameter', `${version} is not a version here.`)
    if (isTraffic) {
      if (!profile || name !== profile.name)
        throw new Refusal(404, 'ResourceNotFound', `There is no profile ${name}.`)
      if (method === 'GET' && kind === '')
        return { status: 200, body: profileView(base, profile, watch) }
      if (method !== 'PATCH' || kind !== 'AzureEndpoints')
        throw new Refusal(405, 'MethodNotAllowed', `${method} ${path}`)
      if (patchEndpoint(profile, endpoint, body, watch)) changed()
      const found = profile.endpoints.find((one) => one.name === endpoint)
      return {
        status: 200,
        body: found && endpointView(profileId(base, profile.name), found, watch),
      }
    }
    if (name !== account.name)
      throw new Refusal(404, 'ResourceNotFound', `There is no account ${name}.`)
    if (method === 'GET' && kind === '')
      return { status: 200, body: accountView(base, account, places) }
    if (method !== 'POST') throw new Refusal(405, 'MethodNotAllowed', `${method} ${path}`)
    const operation = begun(account, kind, body, places, `op-${(operations += 1)}`)
    if (!operation) return { status: 204 }
    account.operation = operation
    changed()
    const place = `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.DocumentDB/locations/westeurope/operationsStatus/${operation.id}?api-version=${versions.cosmos}`
    return { status: 202, headers: { location: place, 'azure-asyncoperation': place } }
  }

  function operationStatus(id: string): Answer {
    if (account.operation?.id === id) return { status: 200, body: { status: 'InProgress' } }
    const found = ended.get(id)
    if (!found) throw new Refusal(404, 'NotFound', `There is no operation ${id}.`)
    return {
      status: 200,
      body:
        found.why === undefined
          ? { status: 'Succeeded' }
          : { status: 'Failed', error: { code: 'ServiceUnavailable', message: found.why } },
    }
  }

  const server = await serveAzure({
    faults,
    isLost: (region) => lost.has(region),
    answer,
    seen: (exchange) => exchanges.push(exchange),
  })
  url = server.url
  const endpointIn = (region: string) =>
    profile?.endpoints.find((one) => plain(one.region) === plain(region))
  return {
    url,
    account,
    faults,
    exchanges,
    changes: () => changes,
    onChange: (listener: () => void) => listeners.add(listener),
    /** What Azure is told: enabled regions, and the one that takes the writes. */
    wanted: () => {
      settle()
      return {
        enabled: profile?.endpoints
          .filter(({ status }) => status === 'Enabled')
          .map(({ region }) => region),
        order: account.operation?.told ?? account.order,
        offline: [...account.offline],
      }
    },
    endpoints: () =>
      (profile?.endpoints ?? []).map((one) => ({
        name: one.name,
        region: plain(one.region),
        monitorStatus: monitorStatus(one, watch),
      })),
    /** Who takes the requests at this moment. */
    serving: (): string | undefined =>
      profile?.endpoints
        .filter(({ status, region }) => status === 'Enabled' && watch.isUp(region))
        .toSorted((one, other) => one.priority - other.priority)
        .map(({ region }) => plain(region))[0],
    /** What runs there answers no more; where its whole region is lost, neither does the database. */
    fail(region: string, isLost = false): void {
      down.add(plain(region))
      if (isLost) lost.add(plain(region))
      for (const listener of listeners) listener()
    },
    mend(region: string): void {
      down.delete(plain(region))
      lost.delete(plain(region))
      for (const listener of listeners) listener()
    },
    /** Somebody does it by hand. */
    set(region: string, status: 'Enabled' | 'Disabled'): void {
      const found = endpointIn(region)
      if (found) found.status = status
    },
    remove(): void {
      profile = undefined
    },
    close: server.close,
  }
}
