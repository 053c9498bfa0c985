import { lookup } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'

export interface Address {
  readonly address: string
  readonly family: number
}
export type Resolve = (host: string) => Promise<readonly Address[]>

/** As this machine looks names up. */
export const resolveAll: Resolve = (host) => lookup(host, { all: true })

/** Said to people as it is: why a host is not asked at all. */
export class NotToBeAsked extends Error {
  override readonly name = 'NotToBeAsked'
}

/** Where a cloud keeps a machine's credentials, and addresses that are no host's own. */
const never = blockListOf([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  // Azure's, for the agent in each of its machines.
  ['168.63.129.16', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  // The first range again, as it is written where IPv6 is translated.
  ['64:ff9b::a9fe:0', 112],
])
/** Meant only where it was written so: a name that leads here was made to (DNS rebinding). */
const ourselves = blockListOf([
  ['127.0.0.0', 8],
  ['::1', 128],
])

/** Where a host lives, every address checked. Throws `NotToBeAsked` when one of them may not be asked. */
export async function addressesOf(
  hostname: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  const meansItself = family !== 0 || host === 'localhost'
  const found =
    family === 0
      ? await Promise.race([resolve(host), whenGivenUp(signal)])
      : [{ address: host, family }]
  if (found.length === 0) throw new NotToBeAsked('the host name is unknown')
  for (const one of found)
    if (holds(never, one) || (!meansItself && holds(ourselves, one)))
      throw new NotToBeAsked('the host name leads to an address that must not be asked')
  return found
}

/** An address that nobody may be sent to, however it is written. */
export const isForbidden = (address: string): boolean =>
  isIP(address) !== 0 && holds(never, { address, family: isIP(address) })

/** Connects to these addresses and no other, whatever the name means by then. */
export const pinnedTo =
  (addresses: readonly Address[]): LookupFunction =>
  (_hostname, options, callback) => {
    const [first] = addresses
    if (options.all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family)
  }

function blockListOf(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, familyOf(net))
  return list
}

const holds = (list: BlockList, { address }: Address): boolean =>
  list.check(address, familyOf(address))

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

const whenGivenUp = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
