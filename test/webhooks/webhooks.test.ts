import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type AlertSource, alertSources } from '#domain/alerts/alert.ts'
import { type Stage, stage } from '../support/scenario.ts'
import { samples } from './samples.ts'
import {
  aGroup,
  anAlert,
  captured,
  deliver,
  fixture,
  proof,
  secret,
  send,
  webhookVariables,
} from './senders.ts'

let play: Stage
let url: string
beforeAll(async () => {
  play = await stage({
    variables: webhookVariables(alertSources.filter((source) => source !== 'jsm')),
    configured: (yaml) => `${yaml}
webhooks:
  rules:
    - { source: github, match: { repository: "Codertocat/*", environment: production }, service: cart, severity: high }
    - { match: { env: staging }, effect: ignore }
    - { match: { quiet: "true" }, serviceFrom: service, effect: suggest }
    - { serviceFrom: service }
`,
  })
  url = play.world.app.url
})
afterAll(() => play.close())

const incidents = async () => (await play.world.archive.list()).map(({ id }) => id)
const bodyOf: Readonly<Record<AlertSource, unknown>> = {
  alertmanager: captured('alertmanager-0.33.1-bearer-firing'),
  grafana: captured('alertmanager-0.33.1-bearer-firing'),
  pagerduty: samples.pagerduty.triggered,
  datadog: samples.datadog.triggered,
  opsgenie: samples.opsgenie.created,
  jsm: samples.opsgenie.created,
  github: z.array(z.unknown()).parse(fixture('github-deployment_status.example'))[0],
}

describe.each(alertSources.filter((source) => source !== 'jsm'))('%s', (source) => {
  test('T130 T131 is taken in once with its proof, and turned away without', async () => {
    const body = bodyOf[source]
    const wrong = proof(source, JSON.stringify(body), { key: `${secret}x` })

    expect(await send(url, source, body, {})).toMatchObject({ status: 401 })
    expect(await send(url, source, body, wrong)).toMatchObject({
      status: 401,
      said: 'The signature or secret is not right.',
    })
    expect(await deliver(url, source, body)).toMatchObject({ status: 202, said: 'Taken in.' })
    expect(await deliver(url, source, body)).toMatchObject({ status: 200 })
  })
})

test('one that is not set up, and one that nobody knows, are told so', async () => {
  const unknown = await fetch(`${url}/webhooks/nagios`, { method: 'POST', body: '{}' })

  expect(await send(url, 'jsm', bodyOf.jsm)).toMatchObject({ status: 403 })
  expect(unknown.status).toBe(404)
})

test('T138 what is too large is not read on, and what is not understood is said so in one sentence', async () => {
  const large = JSON.stringify({ alerts: [], padding: 'x'.repeat(300_000) })

  expect(await send(url, 'alertmanager', large)).toMatchObject({
    status: 413,
    said: expect.stringContaining('256 KB') as string,
  })
  expect(await deliver(url, 'alertmanager', 'not json')).toMatchObject({
    status: 422,
    said: 'This is not what the source sends: it is no JSON object.',
  })
  expect(await deliver(url, 'alertmanager', { alerts: [{ status: 'firing' }] })).toMatchObject({
    status: 422,
    said: 'This is not what the source sends: alerts.0.startsAt is missing or not as expected.',
  })
})

test('T002 a header that is sent twice proves nothing', async () => {
  const body = JSON.stringify(bodyOf.alertmanager)
  const { hostname, port } = new URL(url)
  const ours = `x-countermand-secret: ${secret}\r\n`
  const request = `POST /webhooks/alertmanager HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${ours}${ours}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  let said = ''
  do {
    said = ''
    const socket = connect(Number(port), hostname)
    socket.write(request)
    for await (const data of socket) said += String(data)
    // A busy machine asks to come back.
  } while (said.startsWith('HTTP/1.1 429'))

  expect(said).toMatch(/^HTTP\/1\.1 401/)
})

test('what is nobody’s, or nothing to us, is acknowledged all the same, and opens nothing', async () => {
  const before = await incidents()
  const stranger = aGroup(anAlert({ service: 'warehouse' }))
  const staging = aGroup(anAlert({ service: 'edge-agent', labels: { env: 'staging' } }))

  expect(await deliver(url, 'alertmanager', stranger)).toMatchObject({
    status: 200,
    said: expect.stringContaining('webhook try') as string,
  })
  expect(await deliver(url, 'alertmanager', staging)).toMatchObject({ status: 200 })
  expect(await deliver(url, 'pagerduty', samples.pagerduty.acknowledged)).toMatchObject({
    status: 200,
    said: 'There is nothing to do for this kind of message.',
  })
  await play.settled()
  expect(await incidents()).toEqual(before)
})

test('T135 what is over before it began opens nothing, and its late beginning neither', async () => {
  const before = await incidents()
  const round = { name: 'Late', service: 'edge-agent' } as const

  await deliver(url, 'alertmanager', aGroup(anAlert({ ...round, status: 'resolved' })))
  await play.settled()
  await deliver(url, 'alertmanager', aGroup(anAlert(round)))
  await play.settled()

  expect(await incidents()).toEqual(before)
})

test('a rule that only lets suggest opens nothing; its people are told once', async () => {
  const before = await incidents()
  const quiet = aGroup(anAlert({ name: 'Quiet', service: 'payments', labels: { quiet: 'true' } }))

  await deliver(url, 'alertmanager', quiet)
  await deliver(url, 'alertmanager', quiet)
  await play.settled()

  expect(await incidents()).toEqual(before)
  const said = play.world.slack
    .messages('checkout')
    .filter(({ message }) => play.world.slack.words(message).includes('“Quiet”'))
  expect(said).toHaveLength(1)
})

test('T133 identical alerts are one incident, distinct ones too; rows and lines stay few', async () => {
  const same = aGroup(anAlert({ name: 'Same', service: 'catalog-db' }))
  const distinct = (nth: number) =>
    aGroup(anAlert({ name: `Storm${nth}`, fingerprint: `s${nth}`, service: 'catalog-db' }))
  const heard: number[] = []
  const sending = async (bodies: readonly unknown[]) => {
    for (const body of bodies) heard.push((await deliver(url, 'alertmanager', body)).status)
  }
  const lanes = Array.from({ length: 8 }, (_, lane) =>
    sending([
      ...Array.from({ length: 10 }, () => same),
      ...Array.from({ length: 10 }, (_, at) => distinct(lane * 10 + at)),
    ]),
  )
  await Promise.all(lanes)
  await play.settled()

  expect(heard.filter((status) => status === 202)).toHaveLength(81)
  expect(heard.filter((status) => status === 200)).toHaveLength(79)
  const opened = (await incidents()).filter((incident) => incident.includes('catalog-db'))
  expect(opened).toHaveLength(1)
  const rooms = play.world.slack.channels().filter(({ name }) => name.includes('catalog-db'))
  expect(rooms).toHaveLength(1)
  expect(rooms[0]?.pins).toHaveLength(1)
  const card = play.world.slack
    .messages(rooms[0]?.id ?? '')
    .find(({ message }) => rooms[0]?.pins.includes(message.ts))
  expect(card && play.world.slack.words(card.message)).toContain('more than 20 alerts')
})
