import { rmSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { fileFor } from '#executors/nginx/file.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import { NotAllowed } from '#ports/executor.ts'
import { load } from '#sandbox/nginx/load.ts'
import { aWorld, signal } from '../executors/nginx/world.ts'
import { startRealNginx } from './real-nginx.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function aRealWorld() {
  let folder = ''
  const world = await aWorld({
    start: async (file) => {
      const one = await startRealNginx(file)
      folder = one.folder
      return one
    },
  })
  open.push(world)
  return { ...world, folder, nginx: nginxProgram({ program: world.pretend.program }) }
}

describe.skipIf(inject('nginx') === null)('a real nginx', () => {
  test('takes no share of 0 percent, and every file that is written', async () => {
    const world = await aRealWorld()
    const some = fileFor(world.spec, { serving: 'blue', canary: { slot: 'green', percent: 2.5 } })

    world.setText(some)
    const written = await world.nginx.test(false, signal())
    world.setText(some.replace('2.5%', '0%'))
    const none = await world.nginx.test(false, signal())
    world.setText(fileFor(world.spec, { serving: 'blue', canary: null }))
    const whole = await world.nginx.test(false, signal())

    expect([written.code, whole.code]).toEqual([0, 0])
    expect(none).toMatchObject({
      code: 1,
      says: expect.stringContaining('invalid percent value "0%"'),
    })
  })

  test('says of a file what the pretend one says, in the same words', async () => {
    const world = await aRealWorld()
    const own = fileFor(world.spec, { serving: 'blue', canary: { slot: 'green', percent: 10 } })
    const edits: readonly ((text: string) => string)[] = [
      (text) => text,
      (text) => text.replace('10%', '0%'),
      (text) => text.replace('10%', '0.001%'),
      (text) => text.replace('10%', '12.345%'),
      (text) => text.replace('10%', '101%'),
      (text) => text.replace('10%', 'ten'),
      (text) => text.replace('10%', '60%').replace('    *', '    50% checkout_blue;\n    *'),
      (text) =>
        text
          .replace('    10% checkout_green;\n', '')
          .replace('    *', '    * checkout_green;\n    *'),
      (text) => text.replace('    *', '    # by hand\n    *'),
      (text) => text.replace(/ \* checkout_blue;\n/, ''),
      (text) => text.replace('$checkout_slot', 'checkout_slot'),
      (text) => text.replace('$checkout_slot', '$another_slot'),
      (text) => text.replace('upstream checkout_green', 'upstream checkout_blue'),
      (text) => text.replace(/server 127[^;]+;/, ''),
      (text) => text.replace(/server 127[^;]+;/, 'server nowhere.invalid:80;'),
      (text) => text.replace(/server 127[^;]+;/, 'server 127.0.0.1:99999;'),
      (text) => text.replace(/server 127[^;]+;/, 'sever 127.0.0.1:80;'),
      (text) => text.replace('upstream', 'upsteam'),
      (text) => text.slice(0, -3),
      (text) => text.replace(/\}\n$/, ''),
      (text) => `${text}}\n`,
      (text) => `${text};\n`,
      () => '',
    ]
    const said: (readonly [string, string])[] = []
    for (const edit of edits) {
      const text = edit(own)
      world.setText(text)
      const found = load([{ name: world.file, text }])
      const isUnset = typeof found !== 'string' && !found.has('checkout_slot')
      const pretend = isUnset ? 'unknown "checkout_slot" variable' : found
      said.push([
        (await world.nginx.test(false, signal())).says,
        typeof pretend === 'string' ? pretend : '',
      ])
    }

    expect(said.map(([, pretend]) => pretend)).toEqual(said.map(([real]) => real))
    expect(said.filter(([real]) => real !== '').length).toBeGreaterThan(12)
  })

  test('divides requests by the share, and by none after a rollback', async () => {
    const world = await aRealWorld()
    await world.write({ serving: 'blue', canary: { slot: 'green', percent: 30 } })
    const before = await versions(world.spec.front, 200)

    const { steps } = await world.route('v2.2.1')
    await world.apply(steps[0])
    const settled = await world.follow(steps[0])
    const after = await versions(world.spec.front, 100)

    expect(before.get('2.3.0')).toBeGreaterThan(20)
    expect(before.get('2.2.1')).toBeGreaterThan(80)
    expect(settled).toMatchObject({ kind: 'settled' })
    expect([...after]).toEqual([['2.2.1', 100]])
  })

  test('refuses everything for one name elsewhere that does not resolve: the file is as it was, and what served serves', async () => {
    const world = await aRealWorld()
    const { steps } = await world.route('v2.2.1')
    const before = world.text()
    const other = join(world.folder, 'other.conf')
    writeFileSync(other, 'upstream elsewhere { server nowhere.invalid:80; }\n')

    await expect(world.apply(steps[0])).rejects.toThrow(NotAllowed)
    await expect(world.apply(steps[0])).rejects.toThrow(
      'host not found in upstream "nowhere.invalid:80"',
    )
    const { blockers } = await world.route('v2.2.1')
    const found = await world.executor.examine(world.target, signal())

    expect(world.text()).toBe(before)
    expect([...(await versions(world.spec.front, 10))]).toEqual([['2.3.0', 10]])
    expect(blockers).toMatchObject([{ kind: 'refused_by_platform' }])
    expect(found).toMatchObject([{ kind: 'blocks' }])
    rmSync(other)
  })

  test('is switched under clients that keep their connections; new ones get the other slot at once', async () => {
    const world = await aRealWorld()
    const agent = new Agent({ keepAlive: true, maxSockets: 4 })
    const done = new AbortController()
    let answered = 0
    const failures: string[] = []
    const client = async () => {
      while (!done.signal.aborted)
        await version(world.spec.front, agent).then(
          () => (answered += 1),
          (error: unknown) => failures.push(String(error)),
        )
    }
    const clients = [client(), client(), client(), client()]
    await expect.poll(() => answered, { timeout: 20_000 }).toBeGreaterThan(100)

    const { steps } = await world.route('v2.2.1')
    await world.apply(steps[0])
    const settled = await world.follow(steps[0])
    const fresh = await versions(world.spec.front, 20)
    done.abort()
    await Promise.all(clients)
    agent.destroy()

    expect(settled).toMatchObject({ kind: 'settled' })
    expect([...fresh]).toEqual([['2.2.1', 20]])
    // A connection may be cut between two requests; nginx answers none with an error.
    expect(failures.filter((one) => !/ECONNRESET|socket hang up/.test(one))).toEqual([])
    expect(failures.length).toBeLessThanOrEqual(clients.length)
  })
})

async function versions(url: string, count: number): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (let asked = 0; asked < count; asked += 1) {
    const one = await version(url, false)
    found.set(one, (found.get(one) ?? 0) + 1)
  }
  return found
}

function version(url: string, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume()
      response.once('end', () => resolve(String(response.headers['x-version'])))
    }).once('error', reject)
  })
}
