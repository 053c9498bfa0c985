import { afterEach, expect, test } from 'vitest'
import { stage, type Stage } from '../support/scenario.ts'
import { aGroup, anAlert, deliver, send, webhookVariables } from '../webhooks/senders.ts'

let play: Stage
afterEach(async () => play.close())

const rules = `
webhooks:
  unauthenticated: [datadog]
  rules:
    - { name: by label, source: [alertmanager, grafana], serviceFrom: service }
    - { name: monitors, source: datadog, match: { app: checkout }, service: checkout }
`
const staged = () =>
  stage({
    configured: (yaml) => `${yaml}${rules}`,
    variables: webhookVariables(['alertmanager']),
  })
const golden = (name: string) => `../golden/scenarios/${name}.txt`

test('an alert opens an incident with its own start, a second one raises it, and both end', async () => {
  play = await staged()
  await play.ships('checkout')
  const { url } = play.world.app
  const slow = anAlert({
    name: 'Slow',
    labels: { severity: 'warning' },
    annotations: { summary: 'P95 of checkout is 640 ms' },
  })
  const errors = anAlert({ startsAt: '2026-11-21T14:16:00Z' })
  await play.meanwhile('Alertmanager: Slow fires', () => deliver(url, 'alertmanager', aGroup(slow)))
  await play.meanwhile('Alertmanager: HighErrorRate fires, since earlier', () =>
    deliver(url, 'alertmanager', aGroup(slow, errors)),
  )
  await play.meanwhile('Alertmanager repeats itself', () =>
    deliver(url, 'alertmanager', aGroup(slow, errors)),
  )
  await play.presses('onCall', 'Start rollback…', play.card())
  const form = JSON.stringify(play.world.slack.modal('onCall'))
  await play.meanwhile('both are over', () =>
    deliver(
      url,
      'alertmanager',
      aGroup({ ...slow, status: 'resolved' }, { ...errors, status: 'resolved' }),
    ),
  )

  expect(form).toContain('checkout')
  await expect(play.screenplay()).toMatchFileSnapshot(golden('alerts'))
})

test('an alert with the annotation has a rollback proposed, which people decide on; once they have, it does not ask again', async () => {
  play = await staged()
  await play.ships('checkout')
  const { url } = play.world.app
  const { slack } = play.world
  const asking = (startsAt: string, status: 'firing' | 'resolved' = 'firing') =>
    aGroup(
      anAlert({
        startsAt,
        status,
        annotations: { rollback: 'true', reason: 'errors since 14:20' },
      }),
    )
  await play.meanwhile('HighErrorRate fires and asks for a rollback', () =>
    deliver(url, 'alertmanager', asking('2026-11-21T14:18:30Z')),
  )
  const proposed = slack.words(play.card().message)
  await play.answers('onCall', 'Reject', play.card(), { reason: 'the errors come from the bank' })
  await play.meanwhile('it is over', () =>
    deliver(url, 'alertmanager', asking('2026-11-21T14:18:30Z', 'resolved')),
  )
  await play.meanwhile('it fires again', () =>
    deliver(url, 'alertmanager', asking('2026-11-21T14:21:30Z')),
  )
  const room = play.card().message
  const said = slack.transcript()

  expect(proposed).toContain('asked for by Alertmanager: “errors since 14:20”')
  expect(proposed).toContain('[Approve]')
  // What a machine asks for stops nobody's deploys before somebody has approved it.
  expect(proposed).not.toContain('frozen')
  expect(slack.words(room)).toContain('was rejected')
  expect(said.match(/asked for a rollback: /g)).toHaveLength(1)
  expect(said).toContain('it asks for a rollback: “errors since 14:20”')
})

test('whoever proves nothing may only suggest, once in ten minutes', async () => {
  play = await staged()
  const { url } = play.world.app
  const monitor = (id: number) => ({
    alert: String(id),
    cycle: `c${id}`,
    transition: 'Triggered',
    title: 'Checkout is <https://evil.example|slow>',
    status: 'P95 *above* 600 ms @here',
    tags: 'app:checkout,env:prod',
    priority: 'P1',
    at: Date.parse('2026-11-21T14:19:00Z'),
    rollback: 'true',
  })
  await play.meanwhile('Datadog, or whoever says so, speaks up a few times', async () => {
    for (const id of [1, 2, 3]) await send(url, 'datadog', monitor(id), {})
  })

  await expect(play.screenplay()).toMatchFileSnapshot(golden('alert-suggests'))
})
