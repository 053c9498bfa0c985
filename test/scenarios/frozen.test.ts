import { afterEach, expect, test } from 'vitest'
import { pipelineDeploys as deploys } from '../support/pipeline.ts'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const ask = '/rollback checkout --reason "errors after deploy"'
const words = () => play.world.slack.words(play.card().message)
const pipelineDeploys = (image?: string) => deploys(play, image)

test('T095 deploys are frozen from the request on, until somebody with the authority lifts it', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await pipelineDeploys()
  await pipelineDeploys('shop/cart:3.2.0')
  await play.presses('teamLead', 'Approve', play.card())
  await play.passes(2)
  await play.presses('onCall', 'Lift freeze…', play.card())
  await pipelineDeploys()
  await play.answers('teamLead', 'Lift freeze…', play.card(), { reason: 'the fix must go out' })
  await pipelineDeploys()

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/frozen.txt')
})

test('the freeze is widened to every service of the owner, by somebody with the authority over each, and lifted as one', async () => {
  play = await stage({ configured: overPayments })
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.presses('onCall', 'Freeze wider…', play.card())
  await play.answers('teamLead', 'Freeze wider…', play.card(), { reason: 'payments is unsteady' })
  await pipelineDeploys('shop/payments:1.9.1')
  await pipelineDeploys('shop/cart:3.2.0')
  await play.answers('onCall', 'Lift freeze…', play.card(), { reason: 'the fix must go out' })
  await pipelineDeploys('shop/payments:1.9.1')

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/frozen-wider.txt')
})

test('what a rollback brought is pinned when it is stable: deploys are refused until then, and go through when the time is over', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('teamLead', 'Approve', play.card())
  await play.passes(2)
  await play.passes(35)
  await play.presses('onCall', 'Pin the version…', play.card())
  await play.answers('teamLead', 'Pin the version…', play.card(), {
    reason: 'the fix is not reviewed yet',
    until: '4h',
  })
  await pipelineDeploys('shop/checkout:2.3.1')
  await play.passes(239)
  await pipelineDeploys('shop/checkout:2.3.1')
  await play.passes(2)
  await pipelineDeploys('shop/checkout:2.3.1')

  await expect(play.screenplay()).toMatchFileSnapshot('../golden/scenarios/pinned.txt')
})

test('what is pinned stays so when another rollback of it is asked for and cancelled', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  await play.passes(35)
  await play.answers('onCall', 'Pin the version…', play.card(), {
    reason: 'the fix is not reviewed yet',
    until: '1d',
  })
  await play.types('onCall', ask)
  await play.presses('onCall', 'Cancel', play.card())

  expect(await pipelineDeploys('shop/checkout:2.3.1')).toContain('checkout is pinned until')
})

test('what is pinned while it is still watched is refused by the words of the pin from then on', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.presses('onCall', 'Approve', play.card())
  await play.passes(2)
  expect(await pipelineDeploys('shop/checkout:2.3.1')).toContain('frozen until 16:22 UTC')
  await play.answers('onCall', 'Pin the version…', play.card(), {
    reason: 'the fix is not reviewed yet',
    until: '1d',
  })

  expect(await pipelineDeploys('shop/checkout:2.3.1')).toContain('checkout is pinned until 22 Nov')
})

/** Nobody but the team lead is on call for payments. */
const overPayments = (yaml: string) => {
  const [, lead = ''] = /team-lead: +\{ members: \[([^\]]+)\]/.exec(yaml) ?? []
  return yaml.replace(
    '    approval: { twoPerson: true }',
    `    roles: { on-call-engineer: { members: [${lead}] } }`,
  )
}

test('a rollback that is rejected leaves deploys open', async () => {
  play = await stage()
  await play.ships('checkout')
  await play.types('onCall', ask)
  expect(await pipelineDeploys()).toContain('Deploys of checkout are frozen until 16:22 UTC')
  await play.answers('onCall', 'Reject', play.card(), { reason: 'the bank is down' })

  expect(await pipelineDeploys()).toBe('it goes through')
  expect(play.screenplay()).toContain('freeze of deploys ended with the rollback')
})

test('the freeze ends with its time, and is prolonged while the rollback goes on', async () => {
  play = await stage({ configured: (yaml) => `${yaml}\npolicy: { freezeMinutes: 20 }\n` })
  await play.ships('checkout')
  await play.types('onCall', ask)
  await play.passes(16)
  expect(words()).toContain('Deploys of checkout are frozen until 14:58 UTC')
  await play.presses('teamLead', 'Approve', play.card())
  await play.passes(2)
  await play.passes(35)

  expect(words()).toContain('checkout is stable')
  expect(await pipelineDeploys()).toBe('it goes through')
})

test.each([
  ['the ConfigMap', 'there is no ConfigMap countermand-freeze in production'],
  ['the label', 'the policy countermand-freeze does not act in production'],
])(
  'without %s the card says that deploys are not frozen, and the rollback goes on',
  async (missing, why) => {
    play = await stage()
    await take(missing)
    await play.ships('checkout')
    await play.types('onCall', ask)
    expect(words()).toContain(`Deploys of checkout are not frozen: ${why}`)
    expect(words()).not.toContain('Lift freeze')
    await play.presses('onCall', 'Approve', play.card())
    await play.passes(2)

    expect(words()).toContain('checkout is back on v2.2.1')
  },
)

test('where freezing is not configured nothing is said about it, and nothing is done', async () => {
  play = await stage({ configured: (yaml) => yaml.replace(', freeze: true', '') })
  await play.ships('checkout')
  await play.types('onCall', ask)

  expect(play.screenplay()).not.toMatch(/freeze|frozen/)
  expect(await pipelineDeploys()).toBe('it goes through')
})

async function take(what: string): Promise<void> {
  const { url, adminToken } = play.world.cluster
  const isLabel = what === 'the label'
  const path = isLabel
    ? '/api/v1/namespaces/production'
    : '/api/v1/namespaces/production/configmaps/countermand-freeze'
  const labels = { 'countermand.dev/freeze': null }
  const response = await fetch(`${url}${path}`, {
    method: isLabel ? 'PATCH' : 'DELETE',
    headers: {
      authorization: `Bearer ${adminToken}`,
      'content-type': 'application/merge-patch+json',
    },
    ...(isLabel ? { body: JSON.stringify({ metadata: { labels } }) } : {}),
  })
  if (!response.ok) throw new Error(await response.text())
}
