import type { ServiceId } from '#domain/ids.ts'
import type { OtherFreeze } from '#domain/rollback/freeze-events.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { StandingFreeze } from '#ports/freezer.ts'
import type { World } from '#workflows/world.ts'
import { serviceOf } from './wider-freeze.ts'

/** What goes on being refused where a freeze was lifted: for each service the freeze that ends last, and the incident of its rollback. */
export async function otherFreezes(
  ports: Pick<World, 'timeline' | 'catalogue'>,
  found: readonly { readonly target: Target; readonly answer: StandingFreeze | undefined }[],
  now: Instant,
): Promise<readonly OtherFreeze[]> {
  const last = new Map<ServiceId, StandingFreeze>()
  for (const { target, answer } of found) {
    const service = serviceOf(ports, target)
    const known = service && last.get(service)
    if (service && answer && (!known || endOf(answer) > endOf(known))) last.set(service, answer)
  }
  return Promise.all(
    [...last].map(async ([service, { rollback, until }]) => {
      const incident = await ports.timeline.incidentOf(rollback)
      return {
        service,
        ...(incident === undefined ? {} : { incident }),
        // Past its time and there all the same: it ends by nobody knows when.
        ...(until !== undefined && until > now ? { until } : {}),
      }
    }),
  )
}

const endOf = ({ until }: StandingFreeze): number => until ?? Infinity
