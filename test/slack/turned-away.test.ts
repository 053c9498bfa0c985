import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
beforeAll(async () => {
  world = await edgeWorld({}, { perMinute: 1_000 })
  await types('onCall', '/rollback checkout --reason errors')
})
afterAll(() => world.close())

async function types(who: string, line: string): Promise<void> {
  await world.slack.as(who).command(line, { channel: 'lounge' })
  await world.settle()
}

const strangers = ['guest', 'external', 'former', 'robot'] as const
const questions = [
  '/rollback',
  '/rollback chekout',
  '/rollback checkout',
  '/rollback checkout --to nonsense!',
  '/rollback status',
  '/rollback status checkout',
  '/rollback history',
  '/rollback history checkout',
  '/rollback note checkout it is back',
  '/rollback correct checkout 1 it was not',
  '/rollback severity checkout',
  '/rollback since checkout 5m --reason late',
  '/rollback postmortem payments',
]

test.each(strangers.flatMap((who) => questions.map((line) => [who, line] as const)))(
  '%s types %s and learns nothing but that they may not ask',
  async (who, line) => {
    const before = await world.eventKinds()

    await types(who, line)

    expect(world.lastSaid(who)).toContain('Ask a member of the service’s team to type')
    expect(world.lastSaid(who)).not.toMatch(/checkout|payments|v2\./)
    expect(world.slack.modal(who)).toBeUndefined()
    expect(await world.eventKinds()).toEqual(before)
  },
)

test('everybody may read how the commands are typed', async () => {
  await types('guest', '/rollback help')

  expect(world.lastSaid('guest')).toContain('/rollback history')
})

test('a guest who is named for one service sees that one, and nothing of another', async () => {
  await types('freelancer', '/rollback history payments')
  const own = world.lastSaid('freelancer')
  await types('freelancer', '/rollback history checkout')
  const other = world.lastSaid('freelancer')
  await types('freelancer', '/rollback status')
  const all = world.lastSaid('freelancer')

  expect(own).toContain('v2.2.1')
  expect(other).toContain('Guests cannot ask')
  expect(all).not.toContain('checkout')
})

test('the versions of a service are looked up for those who may ask for its rollback', async () => {
  await types('freelancer', '/rollback')
  const form = await world.slack.until(() => world.slack.modal('freelancer'))
  const choose = async (service: string) => {
    const view = world.slack.modal('freelancer') ?? form
    await world.slack.as('freelancer').click(view, 'service', { value: service })
    await world.settle()
    return JSON.stringify(world.slack.modal('freelancer')?.blocks)
  }

  const other = await choose('checkout')
  const own = await choose('payments')

  expect(other).toContain('Guests cannot ask')
  expect(other).not.toContain('v2.')
  expect(own).toContain('v2.2.1')
})

test.each([
  ['manager', '/rollback', 'the form is shown to members alone'],
  ['vp', '/rollback status checkout', '/rollback status is shown to members alone'],
  ['outsider', '/rollback history checkout', '/rollback history is shown to members alone'],
])('while Slack does not say who %s is, %s shows nothing and says why', async (who, line, why) => {
  world.slack.faults.status('users.info', 503)

  await types(who, line)
  world.slack.faults.clear()

  expect(world.lastSaid(who)).toContain(why)
  expect(world.lastSaid(who)).not.toContain('v2.')
  expect(world.slack.modal(who)).toBeUndefined()
})

test('a rollback can be asked for although Slack does not say who asks', async () => {
  world.slack.faults.status('users.info', 503)

  await types('ceo', '/rollback payments --reason errors')
  world.slack.faults.clear()

  expect(world.lastSaid('ceo')).toContain('Rollback of *payments*')
})
