import { healthy } from '#sandbox/cluster/behaviour.ts'
import { type PretendDocker, startDocker } from '#sandbox/docker/index.ts'
import { badTag, type BadKind, behaviourOfShipment } from './shipments.ts'

export const shopOnDocker = { docker: 'shop', project: 'shop', service: 'wishlist' } as const
const { project, service } = shopOnDocker
const day = 24 * 60 * 60 * 1_000

interface Options {
  readonly now: () => Date
  readonly startMs: number
  /** Where its compose file would be. */
  readonly directory: string
}

const imageOf = (tag: string): string => `shop/${service}:${tag}`
const [before, present] = ['1.8.0', '1.8.1']

/** What of the shop runs on Docker: one service of Compose, of which two containers run. Nobody but Docker knows what ran before. */
export async function shopDocker({ now, startMs, directory }: Options): Promise<PretendDocker> {
  const docker = await startDocker({
    now,
    startMs,
    behaviours: (image) => behaviourOfShipment(image) ?? healthy,
  })
  docker.build(imageOf(before))
  docker.build(imageOf(present))
  docker.declare(project, service, {
    image: imageOf(present),
    settings: { environment: { LOG_LEVEL: 'info' } },
    hasHealthCheck: true,
  })
  docker.scale(project, service, 2, directory)
  docker.runsSince(project, service, new Date(now().getTime() - 6 * day))
  return docker
}

/** Builds the next version and deploys it in the project's folder; it misbehaves as `kind` says. Its image. */
export function shipBadToDocker(docker: PretendDocker, kind: BadKind, directory: string): string {
  const image = imageOf(badTag(service, kind))
  // One that was never pushed cannot be started, and what runs stays.
  if (kind !== 'missing-image') docker.build(image)
  docker.deploy(project, service, image, directory)
  return image
}

/** As the health checks and the metrics of the shop want it. */
export const servingOnDocker = (docker: PretendDocker) => ({
  onChange: docker.onChange,
  serving: () => new Map([[service as string, docker.running(project, service)]]),
})
