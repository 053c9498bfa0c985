import fc from 'fast-check'
import { mayMoveStart, minute, type Someone } from './rules.ts'
import type { Clock, Room, Setting } from './room.ts'

const who = fc.nat({ max: 6 })
const words = fc.constantFrom(undefined, 'short', 'I know what I do here')
const level = fc.integer({ min: -1, max: 4 })
const unsure = fc.oneof(
  { weight: 4, arbitrary: fc.constant<readonly number[]>([]) },
  { weight: 1, arbitrary: fc.subarray([0, 1, 2, 3, 4]) },
)

/** What may happen in a room, one thing after another. */
export const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('work' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      who,
      isStale: fc.oneof(
        { weight: 7, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      words,
      glass: fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, words),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('boundary' as const),
      which: fc.nat({ max: 6 }),
      by: fc.constantFrom(-1, 0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), by: fc.nat({ max: 20 * minute }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('reject', 'cancel'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('platform' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('person' as const),
      who,
      level,
      unsure,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      who,
      by: fc.integer({ min: -100 * minute, max: 50 * minute }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      who,
      since: fc.integer({ min: 0, max: 70 }),
      ahead: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 200 })),
    }),
  },
)
export type Command = typeof command extends fc.Arbitrary<infer One> ? One : never

/** Somebody asks first; one of them has two accounts, and one is a guest. */
export const setting: fc.Arbitrary<Setting> = fc.record({
  twoPerson: fc.boolean(),
  soft: fc.oneof(
    { weight: 2, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  cast: fc
    .tuple(level, level, level, level, level, unsure, unsure)
    .map(([asker, b, c, d, e, doubt, doubt2]): readonly Someone[] => [
      person('asker', asker),
      { ...person('asker-too', asker), human: 'asker@shop.example' },
      person('b', b, doubt),
      person('c', c, doubt2),
      person('d', d),
      person('e', e),
      { ...person('guest', 3), isOutsider: true },
    ]),
})

const person = (account: string, held: number, doubts: readonly number[] = []): Someone => ({
  account,
  human: `${account}@shop.example`,
  level: held,
  unsure: doubts.filter((one) => one !== held),
  isOutsider: false,
})

/** Plays the commands; throws with a sentence as soon as something is not as the rules say. */
export async function play(room: Room, clock: Clock, commands: readonly Command[]): Promise<void> {
  await room.request(0, 0, null)
  for (const one of commands) await carryOut(room, clock, one)
  await room.work()
}

async function carryOut(room: Room, clock: Clock, one: Command): Promise<void> {
  switch (one.do) {
    case 'work':
      return room.work()
    case 'approve':
      return room.approve(one.who, {
        isStale: one.isStale,
        ...(one.words === undefined ? {} : { words: one.words }),
        ...(one.glass === undefined ? {} : { glass: one.glass }),
      })
    case 'boundary': {
      const all = room.boundaries()
      const to = (all[one.which % Math.max(1, all.length)] ?? 0) + one.by
      return to > clock.now() ? clock.set(to) : undefined
    }
    case 'pass':
      return clock.set(clock.now() + one.by)
    case 'reject':
      return room.reject(one.who)
    case 'cancel':
      return room.cancel(one.who)
    case 'again':
      return room.again()
    case 'restart':
      return room.restart()
    case 'platform':
      return room.changePlatform()
    case 'person':
      return room.changePerson(one.who, { level: one.level, unsure: one.unsure })
    case 'start':
      return moveStart(room, one)
    case 'request':
      return room.request(one.who, one.since, one.ahead)
  }
}

async function moveStart(
  room: Room,
  { who, by }: Extract<Command, { do: 'start' }>,
): Promise<void> {
  const start = room.model()?.start ?? 0
  const moved = await room.moveStart(who, start + by)
  if (!moved) return
  const { answer, before, now, shippedAt } = moved
  const may = mayMoveStart(before, room.someone(who), { to: start + by, now, shippedAt })
  if (may !== (answer === 'noted'))
    throw new Error(`moving the start was answered with ${answer}, and the rules say ${may}`)
}
