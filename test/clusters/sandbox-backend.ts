import { startCluster } from '#sandbox/cluster/index.ts'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { deployedGrants, type Grant } from '#sandbox/cluster/role.ts'
import type { Answer, As } from '../control-plane/client.ts'
import { type Backend, podsEach } from './backend.ts'

const hour = 3_600_000
const nodes = Array.from({ length: podsEach }, (_, index) => `node-${index + 1}`)

/** The sandbox's cluster, one for each test. */
export async function sandboxBackend(addOns: readonly AddOn[] = []): Promise<Backend> {
  const cluster = await startCluster({ nodes, podStartMs: 20, podStopMs: 10, addOns })
  let grants: readonly Grant[] = [
    ...deployedGrants('rbac'),
    ...deployedGrants('freeze'),
    ...deployedGrants('traffic'),
  ]

  async function ask(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    as: As = {},
  ) {
    const passingFor = Object.entries(as).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    )
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: [
        ['authorization', `Bearer ${cluster.adminToken}`],
        ...(body === undefined ? [] : [['content-type', type] satisfies [string, string]]),
        ...passingFor,
      ],
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type') === 'application/json'
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : { text }) as Answer['body'],
    } satisfies Answer
  }

  return {
    isReal: false,
    upstream: { url: cluster.url },
    token: cluster.token,
    namespace: 'production',
    placement: {},
    ask,
    /** Each ran for two hours, the last one since an hour ago. */
    async createWithPast(manifest: Fields, images: readonly string[]) {
      const now = Date.now()
      const versions = images.map((image, index) => ({
        image,
        at: new Date(now - hour - (images.length - 1 - index) * 2 * hour),
      }))
      const [first, ...later] = versions
      if (!first) throw new Error('a workload has a version')
      cluster.createWithPast(manifest, [first, ...later])
    },
    behave: cluster.behave,
    moveTag: cluster.moveTag,
    lag: async (on) => cluster.lag(on),
    flaggerLooksAt(namespace) {
      const { looks, isLooking } = cluster.flaggerLooksAt(namespace)
      return { looks, quietMs: isLooking ? 0 : Number.POSITIVE_INFINITY }
    },
    grants: () => grants,
    async grant(instead) {
      grants = instead
      cluster.access.grant(instead)
    },
    compact: cluster.compact,
    close: cluster.close,
  }
}
