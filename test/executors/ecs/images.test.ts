import { expect, test } from 'vitest'
import { cluster, freshWorlds, service } from './world.ts'

const world = freshWorlds()
const image = 'shop/checkout:latest'

test('a rollback to a definition whose moved tag is the same again is refused, and says what to do', async () => {
  const w = await world({ versions: ['latest'] })
  const good = (await w.observe()).running.name
  w.pretend.push(image)
  w.ship('latest')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { blockers, steps } = await w.route(good)

  expect(steps).toEqual([])
  expect(blockers).toMatchObject([
    {
      kind: 'unsupported',
      why: expect.stringMatching(/the same image would start again; move the tag back/),
    },
  ])
})

test('a tag beside the version that was moved meanwhile is said, with what served and what would start', async () => {
  const w = await world()
  const beside = 'shop/proxy:stable'
  const both = (tag: string) =>
    w.pretend.register('shop-checkout', [
      { name: 'app', image: `shop/checkout:${tag}` },
      { name: 'proxy', image: beside },
    ])
  w.pretend.ship(cluster, service, both('2.4.0'))
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')
  const [, served] = (await w.observe()).running.images
  w.pretend.push(beside)
  w.pretend.ship(cluster, service, both('2.5.0'))
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')
  const [, now] = (await w.observe()).running.images

  const { warnings, blockers } = await w.route('v2.4.0')

  expect(blockers).toEqual([])
  expect(now?.digest).not.toBe(served?.digest)
  expect(warnings).toContainEqual({
    kind: 'tag_moved',
    image: beside,
    served: served?.digest,
    now: now?.digest,
  })
})

test('other definitions with the same image under the same name may be gone back to', async () => {
  const w = await world({ versions: ['2.2.1'] })
  w.pretend.ship(cluster, service, w.define('2.2.1', 'with-other-variables'))
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')
  const { history } = await w.observe()

  const observed = await w.observe()
  const { blockers, steps } = await w.executor.route(
    w.target,
    observed,
    history[0]?.id ?? observed.running.id,
    'rb_1',
    AbortSignal.timeout(45_000),
  )

  expect(blockers).toEqual([])
  expect(steps).toHaveLength(1)
})

test('one definition that was deployed again with another image is said, since no rollback of definitions helps', async () => {
  const w = await world({ versions: ['2.2.1', 'latest'] })
  w.pretend.push(image)
  w.pretend.ship(cluster, service, w.definitions.get('latest') ?? '')
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { warnings } = await w.observe()

  expect(warnings).toContainEqual({
    kind: 'platform',
    text: expect.stringMatching(
      /^shop-checkout:2 was deployed again after the tag of shop\/checkout:latest was moved/,
    ),
  })
  expect(warnings).toContainEqual({ kind: 'mutable_tag', image })
})

test('a tag that was never moved is said to be able to, and to nobody’s alarm', async () => {
  const w = await world({ versions: ['2.2.1', 'latest'] })

  const { warnings } = await w.observe()

  expect(warnings).toEqual([{ kind: 'mutable_tag', image }])
})

test('what a task definition does not bring back is named', async () => {
  const w = await world({ versions: ['2.2.1', '2.3.0'] })
  w.pretend.ship(cluster, service, w.define('2.4.0'), {
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-9'] } },
    platformVersion: '1.5.0',
    loadBalancers: [{ targetGroupArn: 'arn:tg', containerName: 'app', containerPort: 8080 }],
  })
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { warnings } = await w.route('v2.3.0')

  expect(warnings).toEqual([
    { kind: 'not_restored', what: ['network', 'load balancers', 'platform version'] },
  ])
  expect((await (await world()).route('v2.2.1')).warnings).toEqual([])
})

test('what changes is said by name, and never by the value of a variable', async () => {
  const { route } = await world()

  const { differences } = await route('v2.2.1')

  expect(differences).toEqual([
    expect.objectContaining({ what: 'image', where: 'app' }),
    { what: 'env', where: 'app SINCE_2_3_0', from: 'set', to: undefined },
    { what: 'env', where: 'app SINCE_2_2_1', from: undefined, to: 'set' },
  ])
  expect(JSON.stringify(differences)).not.toContain('hunter2')
})

test('the same name with another image behind it is not verified', async () => {
  const w = await world({ versions: ['2.2.1', '2.3.0'] })
  await w.observe()
  const { steps } = await w.route('v2.2.1')
  const before = (await w.observe()).history[0]
  w.pretend.push('shop/checkout:2.2.1')
  await w.apply(steps[0])
  await w.follow(steps[0])

  const checks = await w.executor.verify(
    w.target,
    { id: before?.id ?? (await w.revision('v2.2.1')), images: before?.images ?? [] },
    AbortSignal.timeout(45_000),
  )

  expect(checks.map(({ id, result }) => [id, result])).toEqual([
    ['units', 'passed'],
    ['serving', 'failed'],
  ])
})

test('a definition says by the Docker labels of a container which versions of a schema it can run on', async () => {
  const w = await world({ versions: ['2.2.1'] })
  const marked = w.define('2.3.0', 'shop-checkout', {
    dockerLabels: { 'countermand.dev/schema': 'checkout-db 42..43' },
  })
  w.pretend.ship(cluster, service, marked)
  await expect.poll(() => w.state().status).toBe('SUCCESSFUL')

  const { running, history } = await w.observe()

  expect([running, ...history].map(({ name, schema }) => [name, schema])).toEqual([
    ['v2.3.0', { database: 'checkout-db', from: '42', to: '43' }],
    ['v2.2.1', undefined],
  ])
})
