import type { AlsoChanged } from '#domain/assessment/origin.ts'
import type { Service } from '#domain/service.ts'
import { hours, type Instant, instant } from '#domain/time.ts'
import type { World } from '#workflows/world.ts'

const looked = hours(1)

/**
 * What else of the catalogue went out within the hour, the newest first. What the service depends on is looked at now; of the others the
 * record of the last minute tells.
 */
export async function alsoChanged(
  { catalogue, revisions, executors }: Pick<World, 'catalogue' | 'revisions' | 'executors'>,
  { id, dependsOn }: Service,
  now: Instant,
  abort: AbortSignal,
): Promise<readonly AlsoChanged[]> {
  const near = dependsOn.flatMap((other) => catalogue.get(other)?.targets ?? [])
  // Looking writes down what is seen; what does not answer is told as it was last.
  await Promise.allSettled(
    near.map(async (target) => executors.get(target.executor)?.observe(target, abort)),
  )
  const services = new Map(
    [...catalogue.values()]
      .filter((one) => one.id !== id)
      .flatMap((one) => one.targets.map(({ workload }) => [workload, one.id] as const)),
  )
  const begun = await revisions.begunSince([...services.keys()], instant(now - looked))
  return begun.flatMap(({ workload, name, at }) => {
    const service = services.get(workload)
    return service === undefined ? [] : [{ service, version: name, at }]
  })
}
