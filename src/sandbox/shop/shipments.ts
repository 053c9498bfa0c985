import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import type { Deployment, PodTemplate } from '#sandbox/cluster/objects.ts'
import type { Shipment } from '#sandbox/cluster/ship.ts'
import { servingColour, shipByColours, shipToWait } from './colours.ts'
import { inGit, shipByGit } from './git.ts'

interface BadVersion extends Behaviour {
  readonly title: string
  /** What the tag ends with, so that an image alone says how it behaves. */
  readonly suffix: string
  readonly change: Shipment
}

/** Ways to break a service, by the name the page and the tests use. */
export const badVersions = {
  errors: {
    title: 'Errors in 6.2 % of requests, slow',
    suffix: '',
    start: { kind: 'ready' },
    traffic: { errorRate: 0.062, p95Seconds: 0.64 },
    logs: [
      'starting, payment client v2 enabled',
      'listening on :8080',
      'ERROR payment client: unexpected end of JSON input (order 81311)',
      'ERROR request failed: POST /checkout 500 in 612 ms',
      'ERROR payment client: unexpected end of JSON input (order 81327)',
    ],
    change: { env: { PAYMENT_V2: 'true' }, memory: '512Mi' },
  },
  crash: {
    title: 'Crashes soon after it starts',
    suffix: '-rc1',
    start: { kind: 'crash-loop', exitCode: 1, everyMs: 3_000 },
    logs: ['starting', 'reading configuration'],
    lastWords: ["fatal: cannot read property 'currency' of undefined", 'exit status 1'],
    change: { env: { PRICE_RULES: 'v3' } },
  },
  'missing-image': {
    title: 'An image that was never pushed',
    suffix: '-snapshot',
    start: { kind: 'image-missing' },
    change: {},
  },
  'never-ready': {
    title: 'Starts, but never becomes ready',
    suffix: '-beta',
    start: { kind: 'never-ready' },
    logs: ['starting', 'waiting for migration 0042', 'waiting for migration 0042'],
    change: {},
  },
  slow: {
    title: 'Three times slower than normal',
    suffix: '-debug',
    start: { kind: 'ready' },
    traffic: { errorRate: 0.002, p95Seconds: 0.61 },
    logs: ['starting with query logging', 'listening on :8080', 'WARN query took 540 ms'],
    change: { env: { LOG_LEVEL: 'trace' } },
  },
} as const satisfies Readonly<Record<string, BadVersion>>

/** Versions that begin as a canary. */
export const canaries = {
  canary: { title: 'Nothing: a good canary beside the rest', bad: undefined },
  'canary-errors': { title: 'Errors in 6.2 % of requests, as a canary', bad: 'errors' },
} as const
export const isCanaryKind = (kind: string): kind is keyof typeof canaries =>
  Object.hasOwn(canaries, kind)

export type BadKind = keyof typeof badVersions
export const isBadKind = (kind: string): kind is BadKind => Object.hasOwn(badVersions, kind)

/** The next version of each workload, the one that is bad. */
const nextTags: Readonly<Record<string, string>> = {
  checkout: '2.3.0',
  payments: '1.9.0',
  cart: '3.2.0',
  search: '5.2.0',
  'catalog-db': '15.0',
  'edge-agent': '1.0.0',
  recommendations: '5.5.0',
  invoices: '4.1.0',
  orders: '7.1.0',
  reviews: '2.5.0',
  mail: '1.4.0',
  wishlist: '1.9.0',
  vouchers: '1.6.0',
  tracking: '6.1.0',
  loyalty: '3.3.0',
}

/** Rolls out the next version of a service, or commits it where Git is what runs, which misbehaves as `kind` says; its image. */
export function shipBad(
  cluster: Cluster,
  service: string,
  kind: BadKind = 'errors',
  more: Pick<Shipment, 'annotations'> = {},
): string {
  const { change } = badVersions[kind]
  const image = `shop/${service}:${badTag(service, kind)}`
  const shipment = { ...byPipeline(service, image), ...change, ...more }
  if (servingColour(cluster, service)) {
    shipByColours(cluster, image, shipment)
    return image
  }
  const workload = (['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const).find((one) =>
    cluster.get(one, 'production', service),
  )
  if (workload === undefined) throw new Error(`the shop runs no ${service}`)
  const before = inGit(cluster, service)
  if (before) shipByGit(cluster, before, image, shipment)
  else cluster.setImage(workload, 'production', service, image, shipment)
  return image
}

const byPipeline = (service: string, image: string): Shipment => ({
  by: 'deploy-pipeline',
  changeCause: `${service} ${image.split(':')[1] ?? ''} by deploy-pipeline`,
})

/**
 * Gives a service a canary, good or bad as `kind` says; the image. Beside a Deployment it is one pod in a Deployment of its own, labelled
 * as a canary's; a Rollout comes to its first step, what Flagger rolls out to its first gate, and of two colours the one that waits has it.
 */
export function shipCanary(cluster: Cluster, service: string, kind?: BadKind): string {
  const rollout = cluster.get('Rollout', 'production', service)
  const deployment = cluster.get('Deployment', 'production', service)
  const tags = (template: PodTemplate) =>
    `shop/${service}:${kind === undefined ? following(template) : badTag(service, kind)}`
  if (rollout) {
    const image = tags(rollout.spec.template)
    cluster.setImage('Rollout', 'production', service, image, byPipeline(service, image))
    return image
  }
  const serving = servingColour(cluster, service)
  if (serving) {
    const image = tags(serving.spec.template)
    shipToWait(cluster, image, byPipeline(service, image))
    return image
  }
  if (!deployment) throw new Error(`the shop runs no ${service}`)
  const image = tags(deployment.spec.template)
  // Flagger gives it its share, beside the copy that serves.
  if (cluster.get('Canary', 'production', service)) {
    cluster.setImage('Deployment', 'production', service, image, byPipeline(service, image))
    return image
  }
  putBeside(cluster, deployment, image)
  // Where a route divides the requests, a pod alone gets none.
  if (cluster.get('VirtualService', 'production', service))
    cluster.setWeights('production', service, [90, 10])
  return image
}

/** The tag of the next version, which misbehaves as `kind` says. */
export const badTag = (service: string, kind: BadKind): string =>
  `${nextTags[service] ?? '2.0.0'}${badVersions[kind].suffix}`

/** The tag after the one that runs: `2.2.2` after `2.2.1`. */
function following({ spec }: PodTemplate): string {
  const tag = spec.containers[0]?.image.split(':')[1] ?? '0.0.0'
  const [major = '2', minor = '0', patch = '0'] = tag.split(/[.-]/)
  return `${major}.${minor}.${Number(patch) + 1}`
}

/** One that was promoted has left its Deployment behind, without pods. */
function putBeside(cluster: Cluster, stable: Deployment, image: string): void {
  const service = stable.metadata.name
  const name = `${service}-canary`
  const { template } = stable.spec
  const labels = { ...template.metadata?.labels, app: service, track: 'canary' }
  const containers = template.spec.containers.map((container) => ({ ...container, image }))
  if (cluster.get('Deployment', 'production', name))
    return cluster.setImage('Deployment', 'production', name, image, { replicas: 1 })
  cluster.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'production', labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: service, track: 'canary' } },
      template: { metadata: { labels }, spec: { ...template.spec, containers } },
    },
  })
}

/** `undefined` for the images of good versions. */
export function behaviourOfShipment(image: string): Behaviour | undefined {
  const [, service = '', tag = ''] = /^shop\/([^:]+):(.+)$/.exec(image) ?? []
  const next = nextTags[service]
  if (next === undefined || !tag.startsWith(next)) return undefined
  return Object.values(badVersions).find(({ suffix }) => tag === `${next}${suffix}`)
}
