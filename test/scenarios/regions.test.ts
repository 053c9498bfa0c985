import { afterEach, expect, test } from 'vitest'
import { withRegions } from '#sandbox/shop/config.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

async function inTwoRegions() {
  play = await stage({ configured: withRegions, hasRegions: true })
  const { azure } = play.world
  if (!azure) throw new Error('the shop has no regions')
  return azure
}

test('what runs in a region is gone, and production is moved to the other one with its writes', async () => {
  const azure = await inTwoRegions()
  await play.meanwhile('the cluster in West Europe is lost', async () => {
    azure.fail('West Europe')
  })
  await play.passes(2)

  await play.types('onCall', '/rollback storefront --to northeurope --reason "West Europe is gone"')
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(31)

  expect(azure.wanted()).toMatchObject({
    enabled: ['North Europe'],
    order: ['North Europe', 'West Europe'],
    offline: [],
  })
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/moved-to-a-region.txt')
})

test('a whole region is lost, and two people decide on what may be lost with it', async () => {
  const azure = await inTwoRegions()
  await play.meanwhile('West Europe is lost as a whole', async () => {
    azure.fail('West Europe', true)
  })
  await play.passes(2)

  await play.types('onCall', '/rollback storefront --to northeurope --reason "West Europe is gone"')
  const asked = play.screenplay()
  await play.answers('teamLead', 'Approve…', play.card(), { reason: 'the region is gone, go on' })
  expect(azure.wanted().offline).toEqual([])
  await play.answers('manager', 'Approve…', play.card(), { reason: 'we accept what is lost' })
  await play.passes(2)

  expect(asked).toContain('may be lost for good')
  expect(asked).toContain('two people must approve')
  expect(azure.wanted()).toMatchObject({
    enabled: ['North Europe'],
    order: ['North Europe', 'West Europe'],
    offline: ['West Europe'],
  })
  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/region-lost.txt')
})

test('T099 a region is open and the writes do not follow: it is tried again by people, and taken back once though the answer is lost', async () => {
  const azure = await inTwoRegions()
  const before = azure.wanted()
  azure.faults.add({ path: '/failoverPriorityChange', status: 403, times: 2 })
  await play.types('onCall', '/rollback storefront --to northeurope --reason "West Europe is ill"')
  await play.presses('onCall', 'Approve', play.card())
  const halfway = azure.wanted()
  const stopped = play.screenplay()

  await play.presses('onCall', 'Keep waiting', play.card())
  const changes = azure.changes()
  azure.faults.add({ method: 'PATCH', cut: 'after' })
  await play.answers('onCall', 'Undo this rollback…', play.card(), { reason: 'it stays ill' })

  expect(halfway).toEqual({ ...before, enabled: ['West Europe', 'North Europe'] })
  expect(stopped).toContain('*Changed*  northeurope opened')
  expect(stopped).toContain('*Not changed*  writes moved to northeurope')
  expect(stopped).toContain('*Not begun*  westeurope closed')
  expect(play.screenplay().match(/step failed: writes moved to northeurope/g)).toHaveLength(2)
  expect(azure.wanted()).toEqual(before)
  expect(azure.changes()).toBe(changes + 1)
})
