import { afterAll, beforeAll, expect, test } from 'vitest'
import { shipCanary } from '#sandbox/shop/shipments.ts'
import { deliveryId, promotionId } from '#domain/ids.ts'
import { openDesk } from '../../src/terminal/open-desk.ts'
import { deskWorld } from './desk-world.ts'

interface Approved {
  readonly promotion: string
  readonly delivery: string
}

/** What people say is all that is asked for, so that no figure has to be waited for. */
const withLadder = (yaml: string): string =>
  yaml
    .replace(
      'deployment: checkout }',
      'deployment: checkout, canary: { deployment: checkout-canary } }',
    )
    .replace(
      '    statusComponent: Checkout\n',
      `    statusComponent: Checkout
    promotion:
      ladder:
        - { at: 5, afterMinutes: 10, all: [complaints] }
        - { at: 50, afterMinutes: 10, all: [complaints] }
`,
    )

let desk: Awaited<ReturnType<typeof deskWorld>>
beforeAll(async () => {
  desk = await deskWorld({ configured: withLadder, hasColours: true })
  shipCanary(desk.world.cluster, 'checkout')
})
afterAll(() => desk.close())

const looksAfter = async (minutes: number) => {
  await desk.world.clock.move(minutes)
  await desk.world.app.jobs.settled()
}
const reason = ['--reason', 'the support desk has none']

test('with Slack away a canary is asked for, ticked, approved by somebody else and followed until it has its share', async () => {
  await expect
    .poll(() =>
      desk.world.cluster
        .pods('production')
        .some(({ metadata }) => metadata.name.startsWith('checkout-canary')),
    )
    .toBe(true)
  const looked = await desk.types('manager', ['promote', 'checkout', '--dry-run'])
  const asked = await desk.types('manager', ['promote', 'checkout', '--to', '50'])
  await looksAfter(1)
  const ticked = await desk.types('teamLead', [
    'promote',
    'tick',
    'checkout',
    'complaints',
    ...reason,
  ])
  await looksAfter(11)
  const own = await desk.types('manager', ['promote', 'approve', 'checkout'], ['checkout'])
  const mistyped = await desk.types('teamLead', ['promote', 'approve', 'checkout'], ['chekout'])
  const approved = await desk.types('teamLead', ['promote', 'approve', 'checkout'], ['checkout'])
  const shown = async () => (await desk.types('stranger', ['promote', 'status', 'checkout'])).out

  expect(looked.out).toContain('Who decides: on-call engineer of the service, or above')
  expect(asked.out).toContain('to decide        countermand promote approve checkout')
  expect(ticked.out).toContain('“no customer complaints” holds')
  expect(own.err).toContain('You asked for it, and somebody else must approve')
  expect(mistyped.err).toContain('That is not its name. Nothing was done.')
  expect(approved.err).toContain('enter  WDJB-MJHT')
  expect(approved.out).toContain('Approved: the canary of checkout goes to 50 %')
  expect(approved.out).toMatch(/the canary takes 50 %: ✓/)
  expect(approved.code).toBe(0)
  // Its first look may still be under way.
  await expect.poll(shown).toContain('checkout: v2.2.2 beside v2.2.1 stands at 50 %')
  expect(await shown()).toContain('as far as it was asked for')
})

test('what is followed begins with what was decided, however soon it was done', async () => {
  const { rows } = await desk.database.owner.query<Approved>(
    `SELECT stream_id AS promotion, payload ->> 'delivery' AS delivery
     FROM timeline_events WHERE kind = 'promotion_approved'`,
  )
  const [{ promotion, delivery } = { promotion: '', delivery: '' }] = rows
  await using late = await openDesk(desk.variables, {}, () => undefined)

  const following = await late.followCanary(promotionId(promotion), deliveryId(delivery))
  const { lines } = await following.next(0)
  await following.stop()

  expect(lines.join('\n')).toMatch(/the canary takes 50 %: ✓/)
})

test('what was not understood is said, and nothing is done', async () => {
  const nobody = await desk.types('teamLead', ['promote', 'approve', 'payments'], ['payments'])
  const item = await desk.types('teamLead', ['promote', 'tick', 'checkout', 'weather', ...reason])
  const stranger = await desk.types('stranger', ['promote', 'hold', 'checkout'])
  const share = await desk.types('teamLead', ['promote', 'checkout', '--to', 'most'])
  const unmoved = await desk.types('teamLead', ['promote', 'payments'])

  expect(nobody.err).toContain('I looked for a promotion of payments and found nothing')
  expect(item).toMatchObject({ code: 2 })
  expect(stranger.code).toBe(1)
  expect(share.err).toContain('--to takes a share between 1 and 100')
  expect(`${unmoved.out}${unmoved.err}`).toContain('type countermand rollback payments')
})

test('what a promotion left is kept by whoever may, and once', async () => {
  const { cluster, app } = desk.world
  const looksAround = async () => {
    await looksAfter(15)
    await desk.database.owner.query(`SELECT graphile_worker.add_job('observe')`)
    await app.jobs.kick()
    await app.jobs.settled()
  }
  await looksAround()
  await looksAround()
  await looksAround()
  shipCanary(cluster, 'vouchers')
  await expect
    .poll(() => cluster.get('Deployment', 'production', 'vouchers-blue')?.status?.availableReplicas)
    .toBe(1)
  await desk.types('manager', ['promote', 'vouchers'])
  await looksAfter(1)
  const promoted = await desk.types('teamLead', ['promote', 'approve', 'vouchers'], ['vouchers'])

  const stranger = await desk.types('stranger', ['promote', 'keep', 'vouchers'])
  const kept = await desk.types('teamLead', ['promote', 'keep', 'vouchers'])
  const again = await desk.types('teamLead', ['promote', 'keep', 'vouchers'])

  expect(promoted.code).toBe(0)
  expect(stranger.code).toBe(1)
  expect(kept.out).toContain('Kept: what ran before of vouchers stays as it is')
  expect(again.err).toContain('What ran before is taken away already, or stays as it is')
})

test('where no server is alive whoever has it taken away there carries that out', async () => {
  await desk.serverEnds()

  const away = await desk.types('teamLead', [
    'promote',
    'away',
    'checkout',
    '--reason',
    'orders fail on the canary',
  ])

  expect(away.out).toContain('v2.2.2 was taken away, v2.2.1 serves alone')
  expect(away.code).toBe(0)
})
