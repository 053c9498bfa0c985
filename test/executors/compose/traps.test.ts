import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { whyNot } from '#executors/compose/files.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import { Container, LocalImage } from '#executors/docker/objects.ts'
import { NeedsPerson, NotAllowed, Superseded } from '#ports/executor.ts'
import { freshWorlds, project, service, signal } from './world.ts'

/** Its containers can only be replaced together. */
const volume = '/data'
const aWorld = freshWorlds()
afterEach(() => {
  vi.unstubAllEnvs()
})

test('what a real engine answers is understood: image by its id, settings by Compose’s figure, health', () => {
  const recorded = (name: string): unknown =>
    JSON.parse(readFileSync(`test/fixtures/docker/${name}.json`, 'utf8'))

  const container = Container.parse(recorded('container'))

  expect(container).toMatchObject({
    Name: '/shop-checkout-1',
    Image: expect.stringMatching(/^sha256:335ebb5519b7/),
    State: { Status: 'running', Health: { Status: 'healthy' } },
  })
  expect(container.Config.Labels['com.docker.compose.image']).toBe(container.Image)
  expect(container.Config.Labels['com.docker.compose.config-hash']).toMatch(/^[0-9a-f]{64}$/)
  expect(LocalImage.array().parse(recorded('images'))).toHaveLength(4)
  expect(LocalImage.parse(recorded('image')).RepoTags).toEqual(['shop/checkout:1.0'])
})

test('a version goes back by one command: this service alone, as many as run, nothing pulled, built or tagged', async () => {
  const world = await aWorld({ scale: 3, volume })
  const { steps, how } = await world.route('v2.2.1')

  await world.apply(steps[0])

  expect(world.ups().map((args) => args.slice(args.indexOf('up')).join(' '))).toEqual([
    'up --detach --no-deps --no-build --pull never --scale checkout=3 checkout',
  ])
  expect(world.containers().map(({ reference }) => reference)).toEqual(
    Array.from({ length: 3 }, () => 'shop/checkout:2.2.1'),
  )
  expect(how).toBe(
    '`docker compose up` with shop/checkout:2.2.1 · 3 containers, stopped before the new ones start, together because what is in /data, a volume without a name, is carried over only so · other settings stay as they are · taken back by itself if a new one does not get well',
  )
})

test('an image that was cleaned away is never tried: what runs goes on running', async () => {
  const world = await aWorld()
  const { steps } = await world.route('v2.2.1')
  const before = world.containers()
  world.pretend.prune('shop/checkout:2.2.1')

  await expect(world.apply(steps[0])).rejects.toThrow(Superseded)
  const [, old] = await world.candidates()
  const { blockers } = await world.route('v2.2.1')

  expect(world.containers()).toEqual(before)
  expect(world.ups()).toEqual([])
  expect(old?.missing).toMatch(/^its image [0-9a-f]{12} is no longer on the host/)
  expect(blockers).toMatchObject([{ kind: 'target_missing', revision: 'v2.2.1' }])
})

test('under a tag that was moved the former content is started, by its id, and no tag is touched', async () => {
  const world = await aWorld({ versions: ['latest'], volume })
  const was = world.containers()[0]?.image
  world.pretend.build('shop/checkout:latest', 1)
  world.pretend.deploy(project, service, 'shop/checkout:latest', world.directory)
  const { running, history, warnings } = await world.observe()
  const to = history.find(({ id }) => id === was)?.name ?? ''

  const { steps, how } = await world.route(to)
  await world.apply(steps[0])

  expect(running.name).not.toBe(to)
  expect(to).toMatch(/^latest@[0-9a-f]{7}$/)
  expect(warnings).toContainEqual({ kind: 'mutable_tag', image: 'shop/checkout:latest' })
  expect(how).toContain(`the image ${was?.slice(7, 19)}, by its id`)
  expect(world.containers().map(({ image, reference }) => ({ image, reference }))).toEqual([
    { image: was, reference: was },
    { image: was, reference: was },
  ])
  const checks = await world.executor.verify(world.target, { id: running.id, images: [] }, signal())
  expect(checks.find(({ id }) => id === 'serving')?.result).toBe('failed')
  expect((await world.observe()).running.name).toBe(to)
})

test('variables of this process do not reach Compose, where they would win over .env', async () => {
  vi.stubEnv('TAG', '9.9')
  vi.stubEnv('COMPOSE_FILE', '/elsewhere/compose.yaml')
  const world = await aWorld({ volume })

  const { steps, blockers } = await world.route('v2.2.1')
  await world.apply(steps[0])

  expect(blockers).toEqual([])
  expect(world.containers()[0]?.reference).toBe('shop/checkout:2.2.1')
})

test('files that no longer say what runs are not used: more than the image would change', async () => {
  const world = await aWorld()
  world.pretend.edit(project, service, { environment: { FEATURE: 'on' } })

  const { blockers, steps } = await world.route('v2.2.1')
  const found = await world.executor.examine(world.target, signal())

  expect(steps).toEqual([])
  expect(blockers).toEqual([
    {
      kind: 'unsupported',
      why: `the compose files in ${world.directory} no longer say what runs (they, or their variables, were changed since): a rollback would bring more than the image; put the files and .env there as they were deployed`,
    },
  ])
  expect(found.filter(({ kind }) => kind === 'blocks')).toHaveLength(1)
})

test('what Compose quotes of files that it cannot read is told to nobody', async () => {
  const world = await aWorld()
  const message = 'failed to read /srv/.env: line 2: unexpected character "!" in "P!S=swordfish"'
  world.pretend.faults.add({ method: 'POST', path: '/config', message, times: 4 })
  const of = (stderr: string) =>
    whyNot({ code: 1, stdout: '', stderr }, (text) => text.replaceAll('hunter2', '***'))

  const { blockers } = await world.route('v2.2.1')
  const found = await world.executor.examine(world.target, signal())

  const why =
    'the compose files cannot be used: failed to read /srv/.env: line 2: unexpected character … (`docker compose config` there says the rest)'
  expect(blockers).toEqual([{ kind: 'unsupported', why }])
  expect(found[0]?.text).toBe(`cannot be rolled back: ${why}`)
  for (const said of [
    "failed to read /srv/.env: line 3: unterminated quoted value 'swordfish",
    'failed to read /srv/.env: Invalid template: "${swordfish"',
    'invalid interpolation format for services.web.environment.A.\nYou may need to escape any $ with another $.\n${swordfish-',
    "decoding failed due to the following error(s):\n\nerror decoding 'services[web].ports': swordfish",
    'failed to read /srv/.env: hunter2 is no setting',
  ])
    expect(of(said)).not.toMatch(/swordfish|hunter2/)
  expect(of('Error response from daemon: exec "/app": no such file')).toContain('exec "/app"')
})

test('files that were edited after the plan are not deployed along, neither forwards nor backwards', async () => {
  const world = await aWorld({ volume })
  const { running, history, precondition } = await world.observe()
  const [to] = history
  const { steps } = await world.route('v2.2.1')
  const plan = { target: world.target, precondition, from: running, to: to ?? running }
  const before = await world.executor.changedSince(plan, signal())
  world.pretend.edit(project, service, { environment: { FEATURE: 'on' } })

  const since = await world.executor.changedSince(plan, signal())
  await expect(world.apply(steps[0])).rejects.toThrow(Superseded)
  world.pretend.edit(project, service, { environment: { SECRET: 'hunter2' } })
  await world.apply(steps[0])
  world.pretend.edit(project, service, { environment: { FEATURE: 'on' } })
  await expect(
    world.executor.apply(steps[0]?.undo ?? null, 'rb_1.0.undo', signal()),
  ).rejects.toThrow('no longer say what runs')

  expect(before).toBeUndefined()
  expect(since).toMatch(/^the compose files in .* no longer say what runs/)
  expect(world.ups()).toHaveLength(1)
})

test('“permission denied” after the old containers were removed is no “nothing was changed”', async () => {
  const world = await aWorld({ volume })
  const [step] = (await world.route('v2.2.1')).steps
  const says = 'OCI runtime create failed: exec: "/app": permission denied'
  world.pretend.breakOff(2, says)

  await world.apply(step)
  const seen = await world.follow(step)
  await world.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())

  expect(seen.at(-1)).toMatchObject({ kind: 'failed', message: expect.stringContaining(says) })
  expect(world.containers()).toMatchObject([
    { reference: 'shop/checkout:2.3.0', health: 'healthy' },
    { reference: 'shop/checkout:2.3.0', health: 'healthy' },
  ])
})

test('one container of two that was replaced and does not start is for an undo, not for the next attempt', async () => {
  const world = await aWorld({ volume })
  const [step] = (await world.route('v2.2.1')).steps
  world.pretend.breakOff(1, 'driver failed: bind for 0.0.0.0:80: permission denied')

  await expect(world.apply(step)).rejects.toThrow(NeedsPerson)
  await world.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())

  expect(world.containers().map(({ reference, health }) => [reference, health])).toEqual([
    ['shop/checkout:2.3.0', 'healthy'],
    ['shop/checkout:2.3.0', 'healthy'],
  ])
})

test('“permission denied” while every container runs on as it did has changed nothing', async () => {
  const world = await aWorld({ volume })
  const [step] = (await world.route('v2.2.1')).steps
  const before = world.containers()
  world.pretend.breakOff(0, 'authorization denied by plugin: permission denied')

  await expect(world.apply(step)).rejects.toThrow(NotAllowed)

  expect(world.containers()).toEqual(before)
})

test('whoever decides is told what the next plain deploy does', async () => {
  const world = await aWorld()

  const { warnings } = await world.route('v2.2.1')

  expect(warnings).toEqual([
    {
      kind: 'platform',
      text: 'the compose files still name shop/checkout:2.3.0: the next plain `docker compose up` brings it back, so write the version gone back to there',
    },
  ])
})

test.for([
  ['2.3.0-beta', 'is unhealthy'],
  ['2.3.0-rc1', 'was restarted|is restarted again and again'],
] as const)(
  'a container of %s that does not get well has failed, and what served comes back',
  async ([tag, why]) => {
    const world = await aWorld({ versions: [tag, '2.4.0'], volume })
    const [step] = (await world.route(`v${tag}`)).steps

    await world.apply(step)
    world.passes(31)
    const seen = await world.follow(step)
    await world.executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal())

    expect(step?.onFailure).toBe('undo')
    expect(seen.at(-1)).toMatchObject({ kind: 'failed', message: expect.stringMatching(why) })
    expect(world.containers().map(({ reference }) => reference)).toEqual([
      'shop/checkout:2.4.0',
      'shop/checkout:2.4.0',
    ])
  },
)

test('a change that was made, overtaken and seen so is not made again by whoever carries on', async () => {
  const world = await aWorld()
  const [step] = (await world.route('v2.2.1')).steps
  world.record.pass(1_000_000)
  await world.apply(step)
  world.record.pass(60_000_000)
  world.ship('2.5.0')
  await world.observe()

  await world.apply(step)

  expect(world.containers()[0]?.reference).toBe('shop/checkout:2.5.0')
  expect(world.ups()).toHaveLength(1)
})

test('where nothing serves there is nothing to bring back: people are asked', async () => {
  const world = await aWorld({ versions: ['2.2.1', '2.3.0-rc1'] })

  const { steps } = await world.route('v2.2.1')
  const { warnings } = await world.observe()

  expect(steps[0]?.onFailure).toBe('ask')
  expect(warnings).toContainEqual({ kind: 'nothing_serving' })
})

test('an image of the same name that never ran here is offered, and known to be unproven', async () => {
  const world = await aWorld({ versions: ['2.2.1', '2.3.0'] })
  world.pretend.build('shop/checkout:2.9.9')
  world.pretend.build('shop/cart:1.0.0')

  const candidates = await world.candidates()

  expect(candidates.map(({ revision, standing }) => [revision.name, standing.kind])).toEqual([
    ['v2.3.0', 'served'],
    ['v2.2.1', 'served'],
    ['v2.9.9', 'unproven'],
  ])
})

test('a container that has stopped is not counted as running, and a rollback starts it with the rest', async () => {
  const world = await aWorld({ volume })
  const { steps } = await world.route('v2.2.1')
  world.pretend.stop(project, service)

  const { units } = await world.observe()
  await world.apply(steps[0])

  expect(units).toEqual({ noun: 'containers', count: 2, ready: 0 })
  expect((await world.follow(steps[0])).at(-1)).toMatchObject({ kind: 'settled', ready: 2 })
})

test('logs and health checks of the bad containers are kept before Compose removes them', async () => {
  const world = await aWorld({ versions: ['2.2.1', '2.3.0-rc1'] })
  const { running } = await world.observe()

  const found = await world.executor.evidence(world.target, running.id, signal())

  expect(found.map(({ name, kind }) => [name, kind])).toEqual([
    ['shop-checkout-1', 'status'],
    ['shop-checkout-2', 'status'],
    ['shop-checkout-1', 'logs'],
    ['shop-checkout-2', 'logs'],
  ])
  expect(found.at(-1)?.text).toContain("fatal: cannot read property 'currency' of undefined")
})

test('who has no right, or no Docker, is told so in a sentence', async () => {
  const world = await aWorld()
  world.pretend.faults.add({ method: 'GET', path: '/info', status: 403 })
  const nowhere = { socket: '/nowhere/docker.sock' }

  await expect(world.observe()).rejects.toThrow(NotAllowed)
  await expect(dockerEngine(nowhere).info(signal())).rejects.toThrow(
    'Docker at /nowhere/docker.sock cannot be reached: connect ENOENT /nowhere/docker.sock',
  )
  await expect(
    composeCommand({ connection: nowhere, program: ['/nowhere/docker'] }).version(signal()),
  ).rejects.toThrow('docker compose cannot be started here')
})

test('an image says by a label which versions of a schema it can run on, whichever version runs and however the compose file is labelled', async () => {
  const w = await aWorld({ versions: ['2.2.1', '2.3.0'] })
  w.pretend.build('shop/checkout:2.4.0')
  const ranges = { '2.2.1': '38..41', '2.3.0': '42..', '2.4.0': '43..44' }
  for (const [tag, range] of Object.entries(ranges))
    w.pretend.label(`shop/checkout:${tag}`, { 'countermand.dev/schema': `checkout-db ${range}` })

  const { running, history } = await w.observe()

  expect([running, ...history].map(({ name, schema }) => [name, schema])).toEqual([
    ['v2.3.0', { database: 'checkout-db', from: '42' }],
    ['v2.2.1', { database: 'checkout-db', from: '38', to: '41' }],
    ['v2.4.0', { database: 'checkout-db', from: '43', to: '44' }],
  ])
  w.pretend.label('shop/checkout:2.3.0', { 'countermand.dev/schema': 'soon' })
  expect((await w.observe()).running.schema).toBeUndefined()
})
