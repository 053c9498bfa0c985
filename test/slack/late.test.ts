import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { serviceId } from '#domain/ids.ts'
import { seconds } from '#domain/time.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { aChange } from '../postgres/builders.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
})
afterAll(() => world.close())

const command = '/rollback checkout --reason errors'

async function proposed(): Promise<Posted> {
  await world.slack.as('onCall').command(command, { channel: 'checkout' })
  await world.settle()
  const card = world.slack
    .channels()
    .flatMap(({ id }) => world.slack.messages(id))
    .findLast(({ message }) => JSON.stringify(message.blocks).includes('"countermand:approve"'))
  if (!card) throw new Error(`no card:\n${world.slack.transcript()}`)
  return card
}

/** The next one is made for an incident of its own. */
afterEach(closed)
async function closed(): Promise<void> {
  const open = await world.record.openIncidents(serviceId('checkout'))
  for (const id of open) {
    const { length } = await world.record.read(id)
    const event = { kind: 'incident_closed', by: 'countermand', because: 'quiet' } as const
    await world.record.append(id, length, aChange({ events: [event] }))
  }
  await world.database.owner.query('UPDATE workload_claims SET released_at = countermand_now()')
}

/** Decides, and dies before it has noted so; whoever looks again comes six minutes later. */
async function onceAndLate(): Promise<{ readonly kinds: readonly string[]; said: string }> {
  world.ending = () => Promise.reject(new Error('the database is away'))
  await expect(world.carryOut()).rejects.toThrow('away')
  const decided = { kinds: await world.eventKinds(), said: world.lastSaid('onCall') }
  world.ending = async () => undefined
  await world.database.moveClock(seconds(360))
  return decided
}

test.for([
  ['approve', 'onCall', 'approval_given'],
  ['approve', 'outsider', 'decision_refused'],
  ['cancel', 'onCall', 'rollback_cancelled'],
] as const)(
  'what was decided by [%s] of %s is never said to have come too late, however late it is looked at again',
  async ([button, who, event]) => {
    const card = await proposed()
    await world.slack.as(who).click(card, `countermand:${button}`, { confirm: true })
    const first = world.slack.ephemerals(who).length
    const { kinds } = await onceAndLate()

    await world.carryOut()
    const said = world.slack
      .ephemerals(who)
      .slice(first)
      .map(({ message }) => world.slack.words(message))

    expect(kinds).toContain(event)
    expect(await world.eventKinds()).toEqual(kinds)
    expect(said).toHaveLength(2)
    expect(said[1]).toBe(said[0])
  },
)

test('a rollback that was asked for is not asked for once more where its incident is over by then', async () => {
  await world.slack.as('onCall').command(command, { channel: 'checkout' })
  const { said } = await onceAndLate()
  await closed()
  const kinds = await world.eventKinds()

  await world.carryOut()

  expect(await world.eventKinds()).toEqual(kinds)
  expect(said).toContain('checkout')
  expect(world.lastSaid('onCall')).not.toContain('late')
})
