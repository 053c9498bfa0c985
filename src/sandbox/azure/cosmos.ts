import { z } from 'zod'
import { Refusal } from './refusal.ts'

export interface Account {
  readonly name: string
  /** As Azure writes them, the one that takes writes first: `West Europe`. */
  order: string[]
  readonly offline: Set<string>
  isMultiWrite: boolean
  isAutomatic: boolean
  consistency: string
  /** What is under way. */
  operation: PretendOperation | undefined
}

export interface PretendOperation {
  readonly id: string
  readonly endsAt: number
  readonly end: () => void
  /** The order of the regions when it is done. */
  readonly told: readonly string[]
  /** Why it comes to nothing. */
  readonly why: string | undefined
}

export interface Places {
  readonly isUp: (region: string) => boolean
  readonly takesMs: number
  readonly now: () => number
  /** What Azure says of a region that was taken offline is not written anywhere: it is played both ways. */
  readonly saysOffline: boolean
  /** Where a region's own gateway is asked. */
  readonly gateway: (region: string) => string
}

const same = (one: string, other: string): boolean => plain(one) === plain(other)
export const plain = (region: string): string => region.toLowerCase().replaceAll(' ', '')

const Policies = z.strictObject({
  failoverPolicies: z.array(
    z.strictObject({ locationName: z.string(), failoverPriority: z.int().min(0) }),
  ),
})
const Region = z.strictObject({ region: z.string() })

export const accountId = (base: string, name: string): string =>
  `${base}/providers/Microsoft.DocumentDB/databaseAccounts/${name}`

export function accountView(base: string, account: Account, places: Places) {
  const locations = account.order.map((locationName, failoverPriority) => ({
    id: `${account.name}-${plain(locationName)}`,
    locationName,
    documentEndpoint: places.gateway(plain(locationName)),
    provisioningState:
      places.saysOffline && account.offline.has(locationName) ? 'Offline' : 'Succeeded',
    failoverPriority,
    isZoneRedundant: false,
  }))
  return {
    id: accountId(base, account.name),
    name: account.name,
    type: 'Microsoft.DocumentDB/databaseAccounts',
    kind: 'GlobalDocumentDB',
    location: account.order[0],
    tags: {},
    properties: {
      provisioningState: account.operation ? 'Updating' : 'Succeeded',
      documentEndpoint: `https://${account.name}.documents.azure.com:443/`,
      databaseAccountOfferType: 'Standard',
      enableAutomaticFailover: account.isAutomatic,
      enableMultipleWriteLocations: account.isMultiWrite,
      consistencyPolicy: {
        defaultConsistencyLevel: account.consistency,
        maxIntervalInSeconds: 5,
        maxStalenessPrefix: 100,
      },
      writeLocations: account.isMultiWrite ? locations : locations.slice(0, 1),
      readLocations: locations,
      locations,
      failoverPolicies: locations.map(({ id, locationName, failoverPriority }) => ({
        id,
        locationName,
        failoverPriority,
      })),
    },
  }
}

/** What is asked of an account; `undefined` where it is so already. */
export function begun(
  account: Account,
  action: string,
  body: unknown,
  places: Places,
  id: string,
): PretendOperation | undefined {
  if (account.operation)
    throw new Refusal(409, 'Conflict', 'There is already an operation in progress on this account.')
  switch (action) {
    case 'failoverPriorityChange':
      return failover(account, body, places, id)
    case 'offlineRegion':
      return offline(account, body, places, id)
    case 'onlineRegion':
      return online(account, body, places, id)
    default:
      throw new Refusal(404, 'NotFound', `There is no action ${action}.`)
  }
}

function failover(
  account: Account,
  body: unknown,
  places: Places,
  id: string,
): PretendOperation | undefined {
  const { failoverPolicies } = parsed(Policies, body)
  if (account.isMultiWrite)
    throw new Refusal(400, 'BadRequest', 'Failover is not supported for multi-write accounts.')
  const wanted = failoverPolicies
    .toSorted((one, other) => one.failoverPriority - other.failoverPriority)
    .map(({ locationName }) => named(account, locationName))
  const isWhole =
    new Set(wanted).size === account.order.length &&
    failoverPolicies.every(
      ({ failoverPriority }, _at, all) =>
        all.filter((one) => one.failoverPriority === failoverPriority).length === 1 &&
        failoverPriority < all.length,
    )
  if (!isWhole)
    throw new Refusal(
      400,
      'BadRequest',
      'All regions of the account must be listed, each with a failover priority of its own.',
    )
  if (wanted.every((region, at) => region === account.order[at])) return undefined
  const needed = [account.order[0], wanted[0]].map((one) => plain(one ?? ''))
  const down = needed.find((one) => !places.isUp(one))
  return operation(
    places,
    id,
    wanted,
    () => (account.order = wanted),
    down && `${down} is not available`,
  )
}

function offline(
  account: Account,
  body: unknown,
  places: Places,
  id: string,
): PretendOperation | undefined {
  const region = named(account, parsed(Region, body).region)
  if (account.offline.has(region)) return undefined
  if (account.order.length - account.offline.size < 2)
    throw new Refusal(400, 'BadRequest', 'The last region cannot be taken offline.')
  const told = [...account.order.filter((one) => one !== region), region]
  return operation(places, id, told, () => {
    account.offline.add(region)
    account.order = told
  })
}

function online(
  account: Account,
  body: unknown,
  places: Places,
  id: string,
): PretendOperation | undefined {
  const region = named(account, parsed(Region, body).region)
  if (!account.offline.has(region)) return undefined
  return operation(
    places,
    id,
    account.order,
    () => account.offline.delete(region),
    places.isUp(plain(region)) ? undefined : `${region} is not available`,
  )
}

const operation = (
  { now, takesMs }: Places,
  id: string,
  told: readonly string[],
  end: () => void,
  why?: string,
): PretendOperation => ({ id, endsAt: now() + takesMs, told, end, why })

function named(account: Account, region: string): string {
  const found = account.order.find((one) => same(one, region))
  if (found === undefined)
    throw new Refusal(400, 'BadRequest', `${region} is no region of the account.`)
  return found
}

function parsed<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const result = schema.safeParse(body)
  if (!result.success) throw new Refusal(400, 'BadRequest', result.error.message)
  return result.data
}
