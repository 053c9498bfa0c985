import { instanceReadings, othersFail } from '#domain/assessment/instances.ts'
import type { InstancesSeen, Written } from '#domain/assessment/instance.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Reading } from '#domain/assessment/reading.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, type Micros, plus } from '#domain/time.ts'
import type { Observed } from '#ports/executor.ts'
import { platformReadings } from './readings.ts'
import type { World } from '#workflows/world.ts'

export interface InstancesRead {
  readonly readings: readonly Reading[]
  /** Null where nothing serves beside what is shipped, or nobody could look. */
  readonly othersFail: boolean | null
  readonly written: readonly Written[]
}

/** What the platform shows of the instances of a service; where it shows nothing of its own, how many are ready as it was observed. */
export async function readInstances(
  { executors }: Pick<World, 'executors'>,
  service: Service,
  {
    now,
    limits,
    observed,
  }: {
    readonly now: Instant
    readonly limits: AssessmentPolicy
    readonly observed: Promise<{ readonly observed: Observed } | { readonly why: string }>
  },
  abort: AbortSignal,
): Promise<InstancesRead> {
  const target = service.targets[0]
  const instances = target && executors.get(target.executor)?.instances
  if (!target || !instances)
    return {
      readings: platformReadings(service, await observed, now),
      othersFail: null,
      written: [],
    }
  const from = plus(now, -limits.instances.lookBack as Micros)
  const seen: InstancesSeen = await instances.look(target, from, abort)
  const { instances: of, saturation } = limits
  const about = { now, limits: of }
  return {
    readings: instanceReadings(seen, { source: target.title, ...about }),
    othersFail: othersFail(seen, { ...about, share: saturation.notReady }),
    written: seen.written,
  }
}
