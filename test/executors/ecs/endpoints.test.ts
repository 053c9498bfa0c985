import { expect, test } from 'vitest'
import { endpointsCheck } from '#executors/ecs/endpoints.ts'
import { EcsTask } from '#executors/ecs/objects.ts'

const loadBalancers = [{ targetGroupArn: 'arn:aws:elasticloadbalancing:r:1:targetgroup/shop/1' }]

/** Two tasks that have these addresses, behind a load balancer that finds these targets healthy. */
async function found(
  addresses: readonly object[],
  targets: readonly string[],
  isMixed: boolean,
): Promise<unknown> {
  const own = ['one', 'two'].map((taskArn, index) =>
    EcsTask.parse({
      taskArn,
      taskDefinitionArn: 'shop-checkout:2',
      containers: [{ name: 'app', networkInterfaces: addresses.slice(index, index + 1) }],
    }),
  )
  const balancer = {
    targets: async () => targets.map((id) => ({ id, state: 'healthy', reason: undefined })),
  }
  const [check] = await endpointsCheck(
    balancer,
    { loadBalancers, own, isMixed, wanted: 2 },
    new AbortController().signal,
  )
  return [check?.result, check?.text]
}

test('tasks are found by either address, also beside those of another version', async () => {
  const six = [{ ipv6Address: 'fd00::1' }, { ipv6Address: 'fd00::2' }]
  const four = [{ privateIpv4Address: '10.0.0.1' }, { privateIpv4Address: '10.0.0.2' }]
  const all = ['fd00::1', 'fd00::2', '10.0.0.1', '10.0.0.9', '10.0.0.8']

  expect(await found(six, all, true)).toEqual(['passed', '2/2 targets healthy in shop'])
  expect(await found(four, all, true)).toEqual(['unknown', '1/2 targets healthy in shop'])
})

test('tasks that share the address of their instance are not taken for those of another version beside them', async () => {
  const targets = ['i-1', 'i-2', 'i-3']

  expect(await found([], targets, false)).toEqual(['passed', '3/2 targets healthy in shop'])
  expect(await found([], targets, true)).toEqual([
    'unknown',
    'how the load balancer finds the targets in shop is not known: tasks of another version run on the same instances',
  ])
})
