import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FaultProxy, faultProxy } from './fault-proxy.ts'

let server: Server
let proxy: FaultProxy
const open: Socket[] = []

beforeEach(async () => {
  server = createServer((socket) => {
    open.push(socket)
    socket.on('error', () => undefined).on('data', (said) => socket.write(`${String(said)} heard`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await faultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

/** Somebody on our side of the proxy. */
function caller() {
  const socket = connect(proxy.port, '127.0.0.1')
  open.push(socket)
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    socket.on('close', () => resolve('closed'))
  })
  const says = async (text: string, withinMs = 30_000): Promise<string> => {
    const answer = once(socket, 'data', { signal: AbortSignal.timeout(withinMs) })
    socket.write(text)
    return answer.then(([said]) => String(said)).catch(() => 'nothing')
  }
  return { says, ended, socket }
}

test('without a fault everything passes', async () => {
  const { says } = caller()

  expect(await says('a')).toBe('a heard')
  expect(await says('b')).toBe('b heard')
})

test('latency delays both directions and keeps the order', async () => {
  const { says, socket } = caller()
  await says('a')
  proxy.set({ kind: 'slow', ms: 60 })
  const began = performance.now()

  const heard: string[] = []
  socket.on('data', (said) => heard.push(String(said)))
  await says('b')
  await says('c')

  expect(performance.now() - began).toBeGreaterThan(220)
  expect(heard).toEqual(['b heard', 'c heard'])
})

test('a black hole lets nothing through until it is over, then everything', async () => {
  const old = caller()
  await old.says('a')
  proxy.set({ kind: 'black hole' })
  const young = caller()

  expect(await old.says('b', 100)).toBe('nothing')
  expect(await young.says('c', 100)).toBe('nothing')
  const answers = [once(old.socket, 'data'), once(young.socket, 'data')]
  proxy.set({ kind: 'none' })

  expect((await Promise.all(answers)).map(([said]) => String(said))).toEqual(['b heard', 'c heard'])
})

test('a reset ends what is open and what comes', async () => {
  const old = caller()
  await old.says('a')
  proxy.set({ kind: 'reset' })

  expect(await old.ended).toBe('ECONNRESET')
  expect(await caller().ended).toBe('ECONNRESET')
  proxy.set({ kind: 'none' })
  expect(await caller().says('d')).toBe('d heard')
})

test('an answer is cut after so many bytes', async () => {
  const { says, ended } = caller()
  proxy.set({ kind: 'cut', afterBytes: 10 })

  expect(await says('a')).toBe('a heard')
  expect(await says('b', 300)).toBe('nothing')
  expect(await ended).toBe('ECONNRESET')
})

test('a half-open connection stays silent for ever, a new one works when it is over', async () => {
  const { says } = caller()
  await says('a')
  proxy.set({ kind: 'half open' })
  expect(await says('b', 100)).toBe('nothing')
  proxy.set({ kind: 'none' })
  await sleep(0)

  expect(await says('c', 100)).toBe('nothing')
  expect(await caller().says('d')).toBe('d heard')
})

test('an address can move to another server', async () => {
  const other = createServer((socket) => {
    open.push(socket)
    socket.on('error', () => undefined).on('data', () => socket.write('the other one'))
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const old = caller()
  await old.says('a')

  proxy.moveTo(`http://127.0.0.1:${(other.address() as AddressInfo).port}`)

  expect(await old.ended).toBe('ECONNRESET')
  expect(await caller().says('b')).toBe('the other one')
  other.close()
})
