import { ecsRegion, type PretendEcs, startEcs } from '#sandbox/aws/ecs/index.ts'
import { healthy } from '#sandbox/cluster/behaviour.ts'
import { addInvoices, shopByCodeDeploy } from './code-deploy.ts'
import { badTag, type BadKind, behaviourOfShipment } from './shipments.ts'

export const shopOnEcs = { cluster: 'shop', service: 'recommendations', region: ecsRegion } as const
const { cluster, service } = shopOnEcs
const day = 24 * 60 * 60 * 1_000

interface Options {
  readonly now: () => Date
  readonly taskStartMs: number
}

/** What of the shop runs on ECS: one service that ECS deploys, with the version before the present one, and one that CodeDeploy does. */
export async function shopEcs({ now, taskStartMs }: Options): Promise<PretendEcs> {
  const ecs = await startEcs({
    now,
    taskStartMs,
    everyMs: 100,
    behaviours: (image) => behaviourOfShipment(image) ?? healthy,
  })
  const at = (daysAgo: number) => new Date(now().getTime() - daysAgo * day)
  const past = [
    ['5.4.0', 21],
    ['5.4.1', 8],
  ] as const
  ecs.createService({
    cluster,
    name: service,
    desiredCount: 3,
    past: past.map(([tag, daysAgo]) => ({ definition: define(ecs, tag), at: at(daysAgo) })),
  })
  addInvoices(ecs, now)
  return ecs
}

/** Deploys the next version, which misbehaves as `kind` says; its image. */
export function shipBadToEcs(ecs: PretendEcs, kind: BadKind): string {
  const tag = badTag(service, kind)
  ecs.ship(cluster, service, define(ecs, tag))
  return imageOf(tag)
}

/** Deploys a version that behaves. */
export function shipGoodToEcs(ecs: PretendEcs, tag: string): void {
  ecs.ship(cluster, service, define(ecs, tag))
}

const imageOf = (tag: string): string => `shop/${service}:${tag}`

const define = (ecs: PretendEcs, tag: string): string =>
  ecs.register('shop-recommendations', [
    {
      name: 'app',
      image: imageOf(tag),
      environment: [{ name: 'LOG_LEVEL', value: 'info' }],
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/shop/recommendations' },
      },
    },
  ])

/** As the health checks and the metrics of the shop want it. */
export const servingOnEcs = (ecs: PretendEcs) => ({
  onChange: ecs.onChange,
  serving: () =>
    new Map(
      [service, shopByCodeDeploy.service].map(
        (name) => [name, ecs.serving(cluster, name)] as const,
      ),
    ),
})
