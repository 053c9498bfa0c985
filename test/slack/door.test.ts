import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createServer } from '#http/server.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import { type Inside, slackDoor } from '#slack/door.ts'
import { clock } from '../../src/clock.ts'
import { silent } from '../support/database-server.ts'
import { signedPost } from './signed-post.ts'
import { lulls } from '#slack/admission/lull.ts'
import { turns } from '../../src/turns.ts'

const secrets = { signingSecret: 'a-signing-secret', botToken: 'xoxb-door-000001' }
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

test('a command is written down and acknowledged before anything that answers is there', async () => {
  const { door, send, admitted } = await opened(() => new Promise(() => undefined))
  await door.ask()

  const { status } = await send({ command: '/rollback', text: 'help', trigger_id: '1.2.three' })

  expect(status).toBe(200)
  expect(admitted).toHaveLength(1)
})

test('nothing is taken in before Slack has said who we are', async () => {
  const { send, admitted } = await opened(() => new Promise(() => undefined))

  const { status } = await send({ command: '/rollback', text: 'help', trigger_id: '1.2.three' })

  expect(status).toBe(503)
  expect(admitted).toEqual([])
})

test('options wait for what knows them', async () => {
  const inside = Promise.withResolvers<Inside>()
  const { door, send } = await opened(() => inside.promise)
  await door.ask()

  const asked = send({ payload: JSON.stringify({ type: 'block_suggestion', team: { id: team } }) })
  inside.resolve({ options: async () => ({ options: [] }), apologise: () => undefined })

  expect(await (await asked).json()).toEqual({ options: [] })
})

const team = 'T0EXAMPLE1'

async function opened(inside: () => Promise<Inside>) {
  const slack = await startSlack({ ...secrets, users: [], channels: [] })
  stops.push(() => slack.close())
  const admitted: string[] = []
  const door = slackDoor(
    {
      slack: {
        botToken: secrets.botToken,
        signingSecrets: [secrets.signingSecret],
        appToken: undefined,
        apiUrl: slack.apiUrl,
        commands: { rollback: '/rollback', assess: '/assess', promote: '/promote' },
        incidentChannels: 'service',
        announceIn: undefined,
      },
      log: silent,
      scrub: (text) => text,
      mustHold: () => undefined,
      meter: { admitted: () => undefined, noticed: () => undefined, slackCalled: () => undefined },
      inbox: {
        admit: async ({ id }) => admitted.push(id) > 0,
        acknowledged: async () => undefined,
        abandon: async () => false,
        load: async () => undefined,
        done: async () => undefined,
      },
      clock,
      lull: lulls(),
      turn: turns(),
    },
    inside,
  )
  const server = createServer({ log: silent })
  door.routes(server)
  await server.listen({ port: 0, host: '127.0.0.1' })
  stops.push(() => server.close())
  const { port } = server.server.address() as AddressInfo
  return {
    door,
    admitted,
    send(fields: Readonly<Record<string, string>>): Promise<Response> {
      return fetch(
        `http://127.0.0.1:${port}/slack/events`,
        signedPost(secrets.signingSecret, { team_id: team, ...fields }),
      )
    },
  }
}
