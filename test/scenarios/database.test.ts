import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { shipWithMigration, type ShopDatabase } from '#sandbox/shop/database.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

async function aShop(): Promise<ShopDatabase> {
  play = await stage({ hasDatabase: true })
  const { database } = play.world
  if (!database) throw new Error('the shop has no database')
  await play.meanwhile('it is looked at once a minute', () => isLookedAtUntil('v2.2.1 is out'))
  return database
}

/** By itself it happens at some moment of every minute; told is told once. A look that a busy machine cuts short is made again. */
async function isLookedAtUntil(told: string): Promise<void> {
  const { slack } = play.world
  await expect
    .poll(async () => {
      await play.looksAround()
      return slack.messages('C0CHECKOUT').map(({ message }) => slack.words(message))
    })
    .toContainEqual(expect.stringContaining(told))
}

/** What a release brings that cannot be taken back by the code alone. */
async function aReleaseWithItsMigration(database: ShopDatabase) {
  await play.meanwhile(
    'a release brings checkout 2.3.0 and migration 44, and is looked at',
    async () => {
      shipWithMigration(play.world.cluster)
      await play.rolledOut('checkout')
      await database.bringNewest()
      await isLookedAtUntil('v2.3.0 is out')
    },
  )
  await play.passes(2)
}

const checkout = () => play.world.cluster.get('Deployment', 'production', 'checkout')
const columns = async ({ query }: ShopDatabase, table: string) =>
  (
    await query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY 1`,
    )
  ).map(({ name }) => name)

/** The acknowledgement is typed by each of the two. */
async function bothApprove(reason: string) {
  await play.answers('teamLead', 'Approve…', play.card(), { reason })
  await play.answers('manager', 'Approve…', play.card(), { reason: 'the backup is enough' })
}

test('a schema goes back by one: two approve it a level up, the checkout is stopped, backed up, taken down, read back and started again', async () => {
  const database = await aShop()
  await play.types(
    'onCall',
    '/rollback checkout-db --to 42 --reason "orders wait for each other since migration 43"',
  )
  await bothApprove('one coupon is lost, it is in the backup')
  await play.passes(2)
  await play.passes(31)

  expect(await database.version()).toBe('42')
  expect(await columns(database, 'orders')).not.toContain('coupon')
  expect(await database.programs.log()).toEqual(['dump', 'down 42'])
  expect(checkout()?.spec.replicas).toBe(12)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('schema-taken-down'))
})

test('a version that cannot run on today’s schema is refused, and the newest that can is named', async () => {
  await aShop()
  await play.ships('checkout')
  await play.types('onCall', '/rollback checkout --to v2.1.9 --reason "errors after deploy"')
  const refused = play.screenplay()
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')

  expect(refused).toContain('v2.2.1')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('schema-crossed'))
})

test('after a release with a migration nothing before it can run: that is said at once, the schema goes back first, and then the code', async () => {
  const database = await aShop()
  await aReleaseWithItsMigration(database)
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.types('onCall', '/rollback checkout-db --to 43 --reason "checkout has to go back"')
  await bothApprove('nobody has given a gift yet')
  await play.passes(2)
  await play.types('onCall', '/rollback checkout --reason "errors after deploy"')
  await play.presses('onCall', 'Approve', play.card())

  expect(await database.version()).toBe('43')
  expect(checkout()?.spec.template.spec.containers[0]?.image).toBe('shop/checkout:2.2.1')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('schema-then-code'))
})

test('without pg_dump there is no backup, and without a backup nothing is stopped or taken down', async () => {
  const database = await aShop()
  await rm(join(database.programs.folder, 'pg_dump'))
  await play.types('onCall', '/rollback checkout-db --to 42 --reason "orders wait for each other"')

  expect(await database.version()).toBe('43')
  expect(checkout()?.spec.replicas).toBe(12)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('schema-without-pg-dump'))
})
