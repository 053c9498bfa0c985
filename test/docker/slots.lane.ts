import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { slotServices } from '#executors/compose/slots.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import { revisionOf } from '#executors/nginx/ask.ts'
import { fileFor } from '#executors/nginx/file.ts'
import { nginx } from '#executors/nginx/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import type { NginxTarget } from '#executors/nginx/schema.ts'
import type { Progress } from '#ports/executor.ts'
import { startRealNginx } from '../nginx/real-nginx.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'
import { twoFreePorts } from './ports.ts'
import { engineHere, real, signal } from './world.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
const slots = ['blue', 'green'] as const
type Slot = (typeof slots)[number]

describe.skipIf(!engineHere() || inject('nginx') === null)(
  'slots of Compose behind an nginx, both real',
  () => {
    test('one that was stopped is started, is well, gets the requests without one being lost, and the other one runs on for the way back', async () => {
      const p = await aShop()
      const { steps } = await p.route('1.0')
      const [start, divide] = steps
      const former = p.running('green')
      const crowd = p.crowd()
      await crowd.hearsOnly('1.1')

      await p.apply(start)
      const started = await p.follow(start?.change)
      const whileStarting = [...crowd.heard()]
      await p.apply(divide)
      const switched = await p.follow(divide?.change)
      await crowd.hearsOnly('1.0')
      const left = p.running('green')
      for (const step of steps.toReversed()) await p.undo(step)
      const back = await p.follow(divide?.undo)
      await crowd.hearsOnly('1.1')
      await crowd.goes()

      expect(steps.map(({ name }) => name)).toEqual([
        'slot blue started at v1.0',
        'requests brought to slot blue, v1.0',
      ])
      expect(started).toEqual({ kind: 'settled', ready: 1, wanted: 1 })
      expect(whileStarting).toEqual(['1.1'])
      expect(switched).toMatchObject({ kind: 'settled' })
      expect(former).not.toBe('')
      expect(left).toBe(former)
      expect(back).toMatchObject({ kind: 'settled' })
      expect(p.running('blue')).not.toBe('')
      expect(crowd.lost()).toEqual([])
    })
  },
)

const composeFile = (blue: number, green: number): string =>
  `services:\n${(
    [
      ['blue', blue],
      ['green', green],
    ] as const
  )
    .map(
      ([slot, port]) => `  checkout-${slot}:
    image: shop/checkout:\${${slot}}
    pull_policy: never
    stop_grace_period: 1s
    ports: ["127.0.0.1:${port}:8080"]
    healthcheck:
      test: [CMD, /bin/wget, -q, -O, "-", "http://127.0.0.1:8080/health"]
      interval: 300ms
      timeout: 5s
      retries: 5
`,
    )
    .join('')}`

/** Blue had 1.0 and was stopped once 1.1 came into green, which serves. */
async function aShop() {
  const { socket, docker, home } = real()
  const directory = mkdtempSync(join(tmpdir(), 'countermand-slots-'))
  closing.push(() => rmSync(directory, { recursive: true, force: true }))
  const project = `slots${randomBytes(4).toString('hex')}`
  const compose = (...args: readonly string[]): string =>
    execFileSync(docker, ['compose', '-p', project, ...args], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: home, DOCKER_HOST: `unix://${socket}` },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const first = await twoFreePorts()
  const ports = { blue: first, green: first + 1 }
  writeFileSync(join(directory, 'compose.yaml'), composeFile(ports.blue, ports.green))
  writeFileSync(join(directory, '.env'), 'blue=1.0\ngreen=1.1\n')
  closing.push(() => compose('down', '-t', '0'))

  const file = join(directory, 'checkout.conf')
  const at = (port: number) => `http://127.0.0.1:${port}/cgi-bin/version`
  const slotAt = (slot: Slot) => ({
    servers: [`127.0.0.1:${ports[slot]}`],
    health: at(ports[slot]),
    compose: {
      docker: 'prod',
      project,
      service: `checkout-${slot}`,
      directory,
      files: ['compose.yaml'],
    },
  })
  const spec: NginxTarget = {
    upstream: 'checkout',
    file,
    versionHeader: 'x-version',
    front: '',
    slots: { blue: slotAt('blue'), green: slotAt('green') },
    sudo: false,
  }
  const serve = (slot: Slot) => writeFileSync(file, fileFor(spec, { serving: slot, canary: null }))
  serve('blue')
  const web = await startRealNginx(() => file)
  closing.push(() => web.close())
  const target: Target = {
    executor: 'nginx',
    workload: workloadId('nginx/checkout'),
    title: 'nginx upstream checkout',
    spec: { ...spec, front: `${web.front}cgi-bin/version` },
  }
  const record = memoryRevisions()
  const connection = { socket }
  const common = {
    revisions: record.revisions,
    servedLongMicros: 1_800_000_000,
    scrub: (text: string) => text,
    lookEveryMs: 250,
  }
  const program = composeCommand({ connection, program: ['env', `HOME=${home}`, docker] })
  const hosts = new Map([['prod', { engine: dockerEngine(connection), compose: program }]])
  const executor = nginx({
    ...common,
    program: nginxProgram({ program: web.program }),
    slots: slotServices({ hosts, ...common }),
  })
  const observe = () => executor.observe(target, signal())
  for (const slot of slots) {
    compose('up', '-d', '--no-deps', '--wait', `checkout-${slot}`)
    serve(slot)
    await web.reload()
    await observe()
    record.pass(3_600_000_000)
    await observe()
  }
  compose('stop', 'checkout-blue')

  return {
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    undo: (step: Step | undefined) => executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal()),
    route: async (version: string) =>
      executor.route(target, await observe(), revisionOf(version), 'rb_1', signal()),
    async follow(change: Step['change'] | undefined): Promise<Progress | undefined> {
      let last: Progress | undefined
      for await (const one of executor.progress(change ?? null, signal())) last = one
      return last
    },
    /** The container of a slot that runs. */
    running: (slot: Slot) => compose('ps', '-q', '--status', 'running', `checkout-${slot}`).trim(),
    crowd: () => crowdBefore(`${web.front}cgi-bin/version`),
  }
}

/** People who go on asking, each time over a new connection. */
function crowdBefore(url: string) {
  const done = new AbortController()
  const lost: string[] = []
  const heard = new Map<string, number>()
  const person = async () => {
    while (!done.signal.aborted) {
      const said = await answerOf(url)
      if ('version' in said) heard.set(said.version, (heard.get(said.version) ?? 0) + 1)
      else lost.push(said.problem)
    }
  }
  const people = [person(), person(), person()]
  closing.push(() => done.abort())
  return {
    lost: () => lost,
    heard: () => heard.keys(),
    /** Goes on once many in a row have had this answer and nobody another: a former worker of nginx may answer somebody yet. */
    async hearsOnly(version: string): Promise<void> {
      const heardOnly = () => {
        if ([...heard.keys()].some((one) => one !== version)) heard.clear()
        return heard.get(version) ?? 0
      }
      await expect.poll(heardOnly, { timeout: 60_000 }).toBeGreaterThan(50)
    },
    async goes(): Promise<void> {
      done.abort()
      await Promise.all(people)
    },
  }
}

const answerOf = (
  url: string,
): Promise<{ readonly version: string } | { readonly problem: string }> =>
  new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      response.once('end', () =>
        resolve(
          response.statusCode === 200
            ? { version: String(response.headers['x-version']) }
            : { problem: `answered ${response.statusCode}` },
        ),
      )
      response.once('error', (error) => resolve({ problem: error.message }))
    }).once('error', (error) => resolve({ problem: error.message }))
  })
