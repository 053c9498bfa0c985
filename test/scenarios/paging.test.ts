import { afterEach, expect, test } from 'vitest'
import { withAutomation, withPager } from '#sandbox/shop/config.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

/** The countdown outlasts whatever Slack does. */
const slowly = (yaml: string) =>
  yaml.replace('{ mode: on }', '{ mode: on, countdownSeconds: 3600 }')

/** However busy the machine is. */
const patient = { timeout: 60_000, interval: 50 }

test('Slack takes every request and answers none: an automatic rollback pages all the same, once, until somebody decides and all is over', async () => {
  play = await stage({ configured: (yaml) => withPager(slowly(withAutomation(yaml))) })
  const { slack, pager, clock, archive } = play.world
  const record = async () => {
    const [incident] = await archive.incidents()
    return incident === undefined ? '' : ((await archive.export(incident, 'md')) ?? '')
  }
  await play.ships('cart')

  slack.faults.blackHole(true)
  pager.answers({ status: 503 })
  await clock.move(3)
  await expect.poll(record, patient).toContain('nobody was paged: PagerDuty (shop) answered 503')
  pager.answers(undefined)
  await expect.poll(() => pager.calls(), patient).toHaveLength(1)
  await expect.poll(record, patient).toContain('P0: paged whoever is on call through PagerDuty')
  expect(pager.calls()[0]).toMatchObject({
    service: 'cart',
    summary: expect.stringContaining('an automatic rollback fired (error-rate:'),
    state: 'triggered',
    triggers: 1,
  })

  // What hangs is cut off, and tried again later by the clock of the record.
  slack.faults.down(true)
  slack.faults.blackHole(false)
  slack.faults.down(false)
  const isShown = async () => {
    await clock.move(0.1)
    return slack.channels().some(({ name, pins }) => name.startsWith('inc-') && pins.length > 0)
  }
  await expect.poll(isShown, { ...patient, interval: 250 }).toBe(true)
  await play.settled()
  // Who decides at any minute: the clock may have gone far.
  await play.presses('vp', 'Now', play.card())
  await expect.poll(() => pager.calls()[0]?.state, patient).toBe('acknowledged')
  await play.passes(2)
  await play.passes(31)
  await expect.poll(() => pager.calls().map(({ state }) => state), patient).toEqual(['resolved'])
  expect((await record()).match(/paged whoever/g)).toHaveLength(1)
  expect(slack.transcript()).toContain('nobody was paged: PagerDuty (shop) answered 503')
})
