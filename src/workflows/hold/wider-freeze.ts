import { frozenServices } from '#domain/rollback/freeze.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Service, Target } from '#domain/service.ts'
import type { World } from '#workflows/world.ts'

export interface WiderFreeze {
  readonly services: readonly Service[]
  readonly scope: readonly Target[]
}

/** What a freeze of this service can be widened to: every other service of its owner that is not frozen with it, as far as deploys of it can be frozen. */
export function widerFreeze(
  { catalogue, executors }: Pick<World, 'catalogue' | 'executors'>,
  { service: id, plan }: Pick<RollbackState, 'service' | 'plan'>,
): WiderFreeze {
  const frozen = [id, ...frozenServices(id, plan)]
  const owner = catalogue.get(id)?.owner
  const all = [...catalogue.values()]
    .filter((other) => !frozen.includes(other.id) && other.owner === owner)
    .map((service) => ({ service, scope: freezable({ executors }, service) }))
    .filter(({ scope }) => scope.length > 0)
  return {
    services: all.map(({ service }) => service),
    scope: all.flatMap(({ scope }) => scope),
  }
}

/** Everything a service runs on, in all its environments, as far as it can be frozen. */
export const freezable = (
  { executors }: Pick<World, 'executors'>,
  service: Service | undefined,
): readonly Target[] =>
  (service?.targets ?? []).filter(
    (target) => executors.get(target.executor)?.freezer?.covers(target) ?? false,
  )

/** Whose it is, for whoever reads that its deploys are frozen. */
export const serviceOf = (
  { catalogue }: Pick<World, 'catalogue'>,
  { workload }: Target,
): ServiceId | undefined =>
  [...catalogue.values()].find(({ targets }) => targets.some((one) => one.workload === workload))
    ?.id
