import { afterAll, beforeAll, expect, test } from 'vitest'
import { withAutomation } from '#sandbox/shop/config.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { deskWorld, rollbackIn } from './desk-world.ts'

let desk: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  desk = await deskWorld({ configured: withAutomation })
  shipBad(desk.world.cluster, 'checkout', 'errors')
  shipBad(desk.world.cluster, 'payments', 'errors')
  shipBad(desk.world.cluster, 'cart', 'errors')
  await desk.world.clock.move(2)
})
afterAll(() => desk.close())

/** For the terminal Slack answers, too. */
const there = () => ({
  variables: {
    SLACK_API_URL: desk.world.slack.apiUrl,
    SLACK_BOT_TOKEN: desk.world.config.slack.botToken,
  },
})

test('while Slack answers its groups count at the terminal, and its word about an account', async () => {
  const proposed = await desk.types(
    'onCall',
    ['rollback', 'checkout', '--reason', 'errors after deploy'],
    [],
    there(),
  )
  const id = rollbackIn(proposed)
  desk.world.slack.changeUser('U0LEAD0001', { deactivated: true })
  const gone = await desk.types('teamLead', ['approve', id], ['checkout'], there())
  desk.world.slack.changeUser('U0LEAD0001', { deactivated: false })
  const approved = await desk.types('onCall', ['approve', id, '--no-wait'], ['checkout'], there())

  expect(gone).toMatchObject({ code: 1 })
  expect(gone.err).toContain('This account is deactivated.')
  expect(approved).toMatchObject({
    code: 0,
    out: expect.stringContaining('Approved as on-call engineer.'),
  })
})

test('T023 whoever asked in Slack is not the second person at the terminal', async () => {
  await desk.world.slack
    .as('teamLead')
    .command('/rollback payments --reason "errors after deploy"', { channel: 'checkout' })
  await desk.world.app.jobs.settled()

  const own = await desk.types('teamLead', ['approve', 'payments'], ['payments'], there())
  const other = await desk.types(
    'manager',
    ['approve', 'payments', '--no-wait'],
    ['payments'],
    there(),
  )

  expect(own.err).toContain('This needs two people, and you are already one of them.')
  expect(other.out).toContain('Approved as engineering manager.')
})

test('where a server carries it out, Ctrl-C ends the watching and nothing else', async () => {
  const proposed = await desk.types(
    'teamLead',
    ['rollback', 'cart', '--reason', 'errors after deploy'],
    [],
    there(),
  )
  const id = rollbackIn(proposed)
  const stopped = await desk.types('manager', ['approve', id], ['cart'], {
    ...there(),
    onOut: (text) => text.includes('execution began'),
  })

  expect(stopped.out).toContain('Stopped watching; the rollback goes on.')
  expect(stopped.code).toBe(0)
  await desk.world.app.jobs.settled()
  const { rows } = await desk.database.owner.query(
    `SELECT FROM timeline_events
      WHERE kind = 'execution_completed' AND payload ->> 'rollback' = $1`,
    [id],
  )
  expect(rows).toHaveLength(1)
})

test('what may happen by itself is shown, and switched off by whoever decides at this minute', async () => {
  const type = (who: 'onCall' | 'stranger', ...words: readonly string[]) =>
    desk.types(who, ['automation', ...words], [], there())
  const shown = await type('onCall', 'cart')
  const refused = await type('stranger', 'off', 'cart', '--until', '2h', '--reason', 'a load test')
  const off = await type('onCall', 'off', 'everything', '--until', '2h', '--reason', 'a load test')
  const none = await type('onCall', 'off', 'checkout', '--until', '2h', '--reason', 'a load test')
  const again = await type('onCall', 'on', 'cart', '--reason', 'it is over')

  expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('is on: rolls back 30 s') })
  expect(refused.code).toBe(1)
  expect(off).toMatchObject({ code: 0, out: expect.stringContaining('cart is switched off until') })
  expect(none.err).toContain('no automation is configured for it')
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('is on: rolls back') })
})

test('what was rolled back to is pinned for one of four times, once it runs well', async () => {
  const pins = (...more: readonly string[]) =>
    desk.types(
      'onCall',
      ['pin', 'checkout', '--reason', 'the fix is not reviewed yet', ...more],
      [],
      there(),
    )
  const odd = await pins('--for', '2d')
  await desk.world.clock.move(2)
  await desk.world.app.jobs.settled()
  const pinned = await pins('--for', '4h')

  expect(odd).toMatchObject({ code: 2 })
  expect(odd.err).toContain('--for takes one of 4h, 1d, 3d, 7d')
  expect(pinned.out).toContain('Pinned as on-call engineer: what runs of checkout stays')
})
