import type { Check } from '#domain/rollback/verification.ts'
import { type BalancerApi, groupName, type TargetSeen } from '#executors/aws/balancer.ts'
import { NotAllowed } from '#ports/executor.ts'
import type { EcsTask, LoadBalancer } from './objects.ts'

interface Behind {
  readonly loadBalancers: readonly LoadBalancer[]
  /** Those that should serve; none where none is seen. */
  readonly own: readonly EcsTask[]
  /** Others of the service run beside them. */
  readonly isMixed: boolean
  /** So many of them, behind each load balancer. */
  readonly wanted: number
}

/** How load balancers find the tasks that should serve; nothing where there are none. Without an answer it is unknown, and why. */
export async function endpointsCheck(
  { targets }: BalancerApi,
  { loadBalancers, own, isMixed, wanted }: Behind,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const pairs = loadBalancers.map(groupsOf).filter((groups) => groups.length > 0)
  if (pairs.length === 0) return []
  const name = pairs.map(([first = '']) => groupName(first)).join(', ')
  const addresses = addressesOf(own)
  const unseen =
    own.length === 0
      ? 'no task of this version is seen'
      : addresses.size === 0 && isMixed
        ? 'tasks of another version run on the same instances'
        : undefined
  if (unseen !== undefined)
    return [
      {
        id: 'endpoints',
        result: 'unknown',
        text: `how the load balancer finds the targets in ${name} is not known: ${unseen}`,
      },
    ]
  try {
    const found = await Promise.all(
      pairs.map(async (groups) => {
        const all = await Promise.all(groups.map((group) => targets(group, signal)))
        return countOf(groups, ownAmong(all.flat(), addresses), wanted)
      }),
    )
    return [summed(found)]
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const text = `how the load balancer finds the targets in ${name} is not known: ${why}`
    const isLasting = error instanceof NotAllowed
    return [{ id: 'endpoints', result: 'unknown', text, ...(isLasting ? { isLasting } : {}) }]
  }
}

/** Between two of them ECS moves traffic; whichever has it, our tasks stand in one. */
const groupsOf = ({ targetGroupArn, advancedConfiguration }: LoadBalancer): readonly string[] =>
  [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter(
    (arn) => arn !== undefined,
  )

/** None where tasks share those of their instances. */
const addressesOf = (own: readonly EcsTask[]): ReadonlySet<string> =>
  new Set(
    own
      .flatMap(({ containers }) => containers)
      .flatMap(({ networkInterfaces }) => networkInterfaces)
      .flatMap(({ privateIpv4Address, ipv6Address }) => [privateIpv4Address, ipv6Address])
      .filter((address) => address !== ''),
  )

/** By their addresses; tasks on instances have no others beside them, and are told by what is not on its way out. */
const ownAmong = (
  all: readonly TargetSeen[],
  addresses: ReadonlySet<string>,
): readonly TargetSeen[] =>
  addresses.size > 0
    ? all.filter(({ id }) => addresses.has(id))
    : all.filter(({ state }) => !/draining|unused/.test(state))

function countOf(
  [first = '']: readonly string[],
  own: readonly TargetSeen[],
  wanted: number,
): Pick<Check, 'result' | 'text'> {
  const healthy = own.filter(({ state }) => state === 'healthy').length
  const ill = own.filter(({ state }) => state.startsWith('unhealthy'))
  const [one] = ill
  const why = one?.reason === undefined ? '' : ` (${one.reason})`
  const text = `${healthy}/${wanted} targets healthy in ${groupName(first)}`
  if (one) return { result: 'failed', text: `${text}, ${ill.length} unhealthy${why}` }
  return { result: wanted > 0 && healthy >= wanted ? 'passed' : 'unknown', text }
}

const summed = (found: readonly Pick<Check, 'result' | 'text'>[]): Check => ({
  id: 'endpoints',
  result:
    found.find(({ result }) => result === 'failed')?.result ??
    found.find(({ result }) => result === 'unknown')?.result ??
    'passed',
  text: found.map(({ text }) => text).join(' · '),
})

/** What verification asks of them, for whoever looks whether it may. */
export const askedOfBalancers = (
  { targets }: BalancerApi,
  [first]: readonly LoadBalancer[],
  signal: AbortSignal,
): readonly Promise<unknown>[] =>
  first?.targetGroupArn === undefined ? [] : [targets(first.targetGroupArn, signal)]
