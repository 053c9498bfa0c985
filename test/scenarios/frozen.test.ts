import { afterEach, expect, test } from 'vitest'
import { type Stage, stage } from '../support/scenario.ts'

let play: Stage
afterEach(async () => play.close())

const ask = '/rollback checkout --reason "errors after deploy"'
const words = () => play.world.slack.words(play.card().message)
/** What the pipeline's log says, or that it went through. */
async function pipelineDeploys(image = 'shop/checkout:2.3.1') {
  const [, service = ''] = /^shop\/([^:]+)/.exec(image) ?? []
  let said = 'it goes through'
  await play.meanwhile(`the pipeline deploys ${image}`, () => {
    try {
      play.world.cluster.setImage('Deployment', 'production', service, image)
    } catch (error) {
      said = error instanceof Error ? error.message : String(error)
    }
  })
  play.remarks(said)
  return said
}

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
