import { ecsRegion, type PretendEcs } from '#sandbox/aws/ecs/index.ts'
import { badTag, type BadKind } from './shipments.ts'

/** On the shop's ECS, and deployed by CodeDeploy, whose deployments of it wait for a word before they get traffic. */
export const shopByCodeDeploy = {
  cluster: 'shop',
  service: 'invoices',
  region: ecsRegion,
  application: 'shop',
  group: 'invoices',
} as const
const { cluster, service, application, group } = shopByCodeDeploy

const good = '4.0.3'
const day = 24 * 60 * 60 * 1_000

/** With the version before the present one. */
export function addInvoices(ecs: PretendEcs, now: () => Date): void {
  const past = [
    ['4.0.1', 15],
    ['4.0.2', 4],
  ] as const
  ecs.createService({
    cluster,
    name: service,
    desiredCount: 2,
    codeDeploy: { application, group, waitsMinutes: 60 },
    past: past.map(([tag, daysAgo]) => ({
      definition: define(ecs, tag),
      at: new Date(now().getTime() - daysAgo * day),
    })),
  })
}

/** Deploys the next version, which misbehaves as `kind` says, or does not; it waits there. Its image. */
export function shipToWaitInCodeDeploy(ecs: PretendEcs, kind?: BadKind): string {
  const tag = kind === undefined ? good : badTag(service, kind)
  ecs.ship(cluster, service, define(ecs, tag))
  return imageOf(tag)
}

/** As before, but the pipeline waits for nobody. */
export function shipByCodeDeploy(ecs: PretendEcs, kind: BadKind): string {
  const image = shipToWaitInCodeDeploy(ecs, kind)
  ecs.reroute(cluster, service)
  return image
}

const imageOf = (tag: string): string => `shop/${service}:${tag}`

const define = (ecs: PretendEcs, tag: string): string =>
  ecs.register('shop-invoices', [{ name: 'app', image: imageOf(tag) }])
