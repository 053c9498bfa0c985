import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const golden = (name: string) => `../golden/scenarios/${name}.txt`

/** A shop behind nginx, whose present version was seen to serve for three quarters of an hour. */
async function aShop() {
  play = await stage({ hasNginx: true })
  const { behindNginx } = play.world
  if (!behindNginx) throw new Error('the shop has no nginx')
  for (let quarters = 0; quarters < 3; quarters += 1) {
    await play.passes(15)
    await play.looksAround()
  }
  return behindNginx
}

const press = (user: string, label: string) =>
  play.presses(user, label, play.lastIn('checkout', label))
/** What nginx was told since the shop opened, but for tests of what is written. */
const reloads = (commands: readonly string[]) => commands.filter((one) => one === '-s reload')

test('a bad version loses its requests to the slot that served before, which was left running', async () => {
  const shop = await aShop()
  await play.meanwhile('the pipeline starts 6.1.0 in slot green and switches to it', () => {
    shop.ship('errors')
  })
  await play.passes(2)

  await play.types('onCall', '/rollback tracking --reason "parcels are not found"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect(shop.division()).toEqual({ serving: 'blue', canary: 0 })
  expect(reloads(shop.nginx.commands)).toHaveLength(1)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('switched-back-by-nginx'))
})

test('a canary of nginx is promoted to half of the requests, turns out bad there, and loses its share', async () => {
  const shop = await aShop()
  await play.meanwhile('the pipeline gives 6.0.2 in slot green a tenth of the requests', () => {
    shop.shipCanary()
  })
  await play.types('onCall', '/promote tracking')
  await play.passes(11)
  await press('onCall', 'Promote to 50 %')
  await press('teamLead', 'Promote to 50 %')
  const half = shop.division()
  await play.meanwhile('one request in eight fails on 6.0.2', () =>
    play.world.cluster.answer('shop/tracking:6.0.2', { errorRate: 0.125, p95Seconds: 0.18 }),
  )
  await play.passes(5)
  await play.types('onCall', '/rollback tracking --reason "parcels are not found"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  expect(half).toEqual({ serving: 'blue', canary: 50 })
  expect(shop.division()).toEqual({ serving: 'blue', canary: 0 })
  expect(reloads(shop.nginx.commands)).toHaveLength(2)
  await expect(play.screenplay()).toMatchFileSnapshot(golden('canary-taken-away-by-nginx'))
})

test('a configuration that nginx refuses leaves everything as it was, and the next rollback goes through once it is mended', async () => {
  const shop = await aShop()
  await play.meanwhile('the pipeline starts 6.1.0 in slot green and switches to it', () => {
    shop.ship('errors')
  })
  await play.passes(2)
  await play.types('onCall', '/rollback tracking --reason "parcels are not found"')
  const before = readFileSync(shop.file, 'utf8')
  await play.meanwhile('somebody writes a name into another file that does not resolve', () =>
    shop.nginx.refuse(
      'host not found in upstream "search.internal:80" in /etc/nginx/conf.d/search.conf:4',
    ),
  )

  await play.presses('onCall', 'Approve', play.card())
  await play.passes(1)
  const refused = { text: readFileSync(shop.file, 'utf8'), division: shop.division() }
  await play.meanwhile('the name is taken out again', () => shop.nginx.refuse(undefined))
  await play.types('onCall', '/rollback tracking --reason "parcels are not found"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)

  expect(refused).toEqual({ text: before, division: { serving: 'green', canary: 0 } })
  expect(shop.division()).toEqual({ serving: 'blue', canary: 0 })
  await expect(play.screenplay()).toMatchFileSnapshot(golden('refused-by-nginx'))
})
