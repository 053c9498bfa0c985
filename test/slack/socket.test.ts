import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Inbox } from '#ports/store.ts'
import { lulls } from '#slack/admission/lull.ts'
import { slackSocket } from '#slack/socket.ts'
import { silent } from '../support/database-server.ts'
import { turns } from '../../src/turns.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const press = {
  type: 'block_actions',
  team: { id: 'T0EXAMPLE1' },
  user: { id: 'U0ONCALL01' },
  trigger_id: '1.2.three',
}
const command = {
  command: '/rollback',
  text: 'help',
  team_id: 'T0EXAMPLE1',
  user_id: 'U0ONCALL01',
  channel_id: 'C0CHECKOUT',
  trigger_id: '4.5.six',
}

test('what comes through the socket is written down before it is acknowledged', async () => {
  const { slack, admitted, acknowledged } = await connected(async () => true)

  const ack = await slack.send('interactive', press)

  expect(ack).toEqual({})
  expect(admitted).toHaveLength(1)
  await expect.poll(() => acknowledged).toEqual(admitted)
})

test('the same envelope again has the same delivery id', async () => {
  const { slack, admitted } = await connected(async () => true)

  await slack.send('interactive', press)
  await slack.send('interactive', press)

  expect(new Set(admitted).size).toBe(1)
  expect(admitted).toHaveLength(2)
})

test('T014 through the socket, too, a person is told that nothing was recorded', async () => {
  const { slack } = await connected(() => Promise.reject(new Error('the database is away')))

  const ack = await slack.send('slash_commands', command)

  expect(ack).toMatchObject({ text: expect.stringContaining('Not recorded') })
})

test('what is meant for another workspace is neither written down nor acknowledged', async () => {
  const { slack, admitted } = await connected(async () => true)

  const foreign = slack.send('slash_commands', { ...command, team_id: 'T0FOREIGN1' })
  await slack.send('slash_commands', command)
  const answered = await Promise.race([foreign.then(() => true), Promise.resolve(false)])

  expect(answered).toBe(false)
  expect(admitted).toHaveLength(1)
})

test('options of a searchable list are the acknowledgement itself', async () => {
  const { slack, admitted } = await connected(async () => true)

  const ack = await slack.send('interactive', { ...press, type: 'block_suggestion' })

  expect(ack).toEqual({ options: [] })
  expect(admitted).toEqual([])
})

async function connected(admit: () => Promise<boolean>) {
  const slack = await socketServer()
  const admitted: string[] = []
  const acknowledged: string[] = []
  const inbox: Inbox = {
    admit: ({ id }) => {
      admitted.push(id)
      return admit()
    },
    acknowledged: async (id) => void acknowledged.push(id),
    abandon: async () => false,
    load: async () => undefined,
    done: async () => undefined,
  }
  const socket = slackSocket('xapp-pretend', slack.apiUrl, {
    inbox,
    lull: lulls(),
    turn: turns(),
    log: silent,
    meter: { admitted: () => undefined, noticed: () => undefined, slackCalled: () => undefined },
    identity: () => ({ team: 'T0EXAMPLE1', botId: 'B1', botUserId: 'U1', appId: undefined }),
    options: async () => ({ options: [] }),
    apologise: () => undefined,
  })
  stops.push(() => socket.stop())
  await socket.start()
  return { slack, admitted, acknowledged }
}

/** As much of Slack's side of Socket Mode as one connection needs: RFC 6455 with short text frames. */
async function socketServer() {
  let peer: Socket | undefined
  let count = 0
  const waiting = new Map<string, (payload: unknown) => void>()
  const server: Server = createServer((_request, response) => {
    const { port } = server.address() as AddressInfo
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${port}/link` }))
  })
  server.on('upgrade', (request, socket: Socket) => {
    peer = socket
    socket.on('error', () => undefined)
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.write(frame({ type: 'hello', num_connections: 1 }))
    socket.on('data', (data: Buffer) => {
      for (const { opcode, text } of framesOf(data)) {
        if (opcode === 8) socket.end(Buffer.from([0x88, 0]))
        if (opcode !== 1) continue
        const { envelope_id: id, payload } = JSON.parse(text)
        waiting.get(id)?.(payload)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(
    () =>
      new Promise((resolve) => {
        peer?.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    send(type: string, payload: unknown): Promise<unknown> {
      count += 1
      const id = `envelope-${count}`
      peer?.write(frame({ type, envelope_id: id, payload, accepts_response_payload: true }))
      return new Promise((resolve) => {
        waiting.set(id, resolve)
      })
    },
  }
}

function frame(value: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(value))
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.alloc(4)
  if (body.length >= 126) {
    head.writeUInt16BE(0x817e)
    head.writeUInt16BE(body.length, 2)
  }
  return Buffer.concat([head, body])
}

function framesOf(data: Buffer): readonly { readonly opcode: number; readonly text: string }[] {
  const frames = []
  for (let at = 0; at + 6 <= data.length; ) {
    const short = (data[at + 1] ?? 0) & 0x7f
    const length = short === 126 ? data.readUInt16BE(at + 2) : short
    const start = at + (short === 126 ? 4 : 2)
    const mask = data.subarray(start, start + 4)
    const body = data
      .subarray(start + 4, start + 4 + length)
      .map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    frames.push({ opcode: (data[at] ?? 0) & 0x0f, text: Buffer.from(body).toString('utf8') })
    at = start + 4 + length
  }
  return frames
}
