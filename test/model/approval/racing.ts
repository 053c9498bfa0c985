import fc from 'fast-check'
import type { Timeline } from '#ports/store.ts'
import { setting } from './commands.ts'
import { minute } from './rules.ts'
import type { Clock, Racer, Room } from './room.ts'

const who = fc.nat({ max: 6 })
const clicks = fc.record({ do: fc.constantFrom('approve', 'approve', 'reject', 'cancel'), who })

/** Two people who press at the same moment, the escalation timer, perhaps another process of it and a third person. */
export const race = fc.record({
  given: setting,
  /** Minutes since the start when it happens, a microsecond before a boundary or at it; approved already, or not. */
  minutes: fc.constantFrom(0, 15, 30, 60),
  early: fc.boolean(),
  first: fc.option(who, { nil: undefined }),
  waits: fc.boolean(),
  clicks: fc.array(clicks, { minLength: 2, maxLength: 3 }),
  workers: fc.integer({ min: 1, max: 2 }),
  after: fc.integer({ min: 1, max: 6 }),
  passes: fc.option(fc.constantFrom(1, 5 * minute, 120 * minute), { nil: undefined }),
})
export type Race = typeof race extends fc.Arbitrary<infer One> ? One : never

/** Up to the moment at which it begins. */
export async function lead(room: Room, clock: Clock, given: Race): Promise<readonly Racer[]> {
  // The first who may ask, asks.
  await room.request(0, 0, given.waits ? 40 : null)
  if (given.first !== undefined)
    await room.approve(given.first, { isStale: false, words: 'all is well here' })
  const start = room.model()?.start ?? 0
  const moment = start + given.minutes * minute - (given.early ? 1 : 0)
  if (moment > clock.now()) await clock.set(moment)
  const { passes } = given
  return [
    ...given.clicks,
    ...Array.from({ length: given.workers }, () => ({ do: 'work' }) as const),
    ...(passes === undefined
      ? []
      : [{ do: 'pass', to: clock.now() + passes, after: given.after } as const]),
  ]
}

/** Every call to the record waits until the scheduler lets it go on, so that all orders occur. */
export function scheduled(inner: Timeline, scheduler: fc.Scheduler): Timeline {
  const turn = (name: string) => scheduler.schedule(Promise.resolve(), name)
  return {
    ...inner,
    now: () => turn('now').then(() => inner.now()),
    read: (incident) => turn('read').then(() => inner.read(incident)),
    append: (...given) => turn('append').then(() => inner.append(...given)),
    decide: (incident, decide) => turn('decide').then(() => inner.decide(incident, decide)),
  }
}
