import { expect, test } from 'vitest'
import { ComposeTarget } from '#executors/compose/schema.ts'
import { NginxTarget } from '#executors/nginx/schema.ts'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const compose = { docker: 'shop', project: 'shop', service: 'checkout', directory: '/srv/shop' }
const socket = { shop: { socket: '/var/run/docker.sock' } }
const slots = {
  blue: { servers: ['127.0.0.1:8081'], health: 'http://127.0.0.1:8081/health' },
  green: { servers: ['127.0.0.1:8082'], health: 'http://127.0.0.1:8082/health' },
}
const nginx = {
  upstream: 'checkout',
  file: '/etc/nginx/countermand/checkout.conf',
  front: 'http://127.0.0.1/health',
  slots,
}

const slotsAs = (blue: object, green: object) => ({
  ...nginx,
  slots: { blue: { ...slots.blue, ...blue }, green: { ...slots.green, ...green } },
})

const on = (target: object, docker: object = socket) =>
  aFile({ docker, services: { checkout: aService({ targets: [target] }) } })

test('a service of Compose is named by its engine, its project and itself', () => {
  const config = configOf({}, on({ compose }))
  const service = config.catalogue.get('checkout')
  const [target] = service?.targets ?? []

  expect(target).toMatchObject({
    executor: 'compose',
    workload: 'compose/shop/shop/checkout',
    title: 'shop/shop Compose service checkout',
  })
  expect(ComposeTarget.parse(target?.spec)).toEqual({ ...compose, files: ['compose.yaml'] })
  expect(service?.environment).toBe('shop/shop')
  expect([...config.docker]).toEqual([['shop', { socket: '/var/run/docker.sock' }]])
})

test('two slots behind nginx are named by the file that says who serves', () => {
  const service = configOf({}, on({ nginx })).catalogue.get('checkout')
  const [target] = service?.targets ?? []

  expect(target).toMatchObject({
    executor: 'nginx',
    workload: 'nginx/etc/nginx/countermand/checkout.conf',
    title: 'nginx upstream checkout',
  })
  expect(NginxTarget.parse(target?.spec)).toEqual({
    ...nginx,
    versionHeader: 'x-version',
    sudo: false,
  })
  expect(service?.environment).toBe('nginx/checkout')
})

const tls = { url: 'https://docker.example:2376' }

test.each([
  [{ compose: { ...compose, docker: 'shopp' } }, socket, 'no engine shopp stands under docker'],
  [{ compose: { ...compose, directory: 'srv' } }, socket, 'must be a path from the root'],
  [{ compose: { ...compose, files: ['-'] } }, socket, 'must be a file'],
  [{ compose: { ...compose, service: '--all' } }, socket, 'must be a name of Compose'],
  [{ compose }, { shop: {} }, 'needs either a socket or a url'],
  [{ compose }, { shop: tls }, 'go with a url that begins with https://'],
  [{ compose }, { shop: { url: 'ssh://me@docker.example' } }, 'for ssh, bring the socket here'],
  [{ nginx: { ...nginx, slots: { blue: slots.blue } } }, socket, 'needs two slots'],
  [
    { nginx: { ...nginx, slots: { ...slots, blue: { ...slots.blue, servers: ['blue:8081'] } } } },
    socket,
    'must be an address with a port such as 127.0.0.1:8081, not a name',
  ],
  [
    { nginx: slotsAs({ compose }, { compose }) },
    socket,
    'shop/shop Compose service checkout stands in both slots',
  ],
  [
    { nginx: slotsAs({}, { servers: ['127.0.0.1:8083', ...slots.blue.servers] }) },
    socket,
    '127.0.0.1:8081 stands in both slots',
  ],
  [
    { nginx: slotsAs({}, { health: slots.blue.health }) },
    socket,
    'http://127.0.0.1:8081/health stands in both slots',
  ],
  [
    { nginx: { ...nginx, front: 'http://169.254.169.254/latest' } },
    socket,
    'names a host that must not be asked',
  ],
])('%j with %j is refused: %s', (target, docker, why) => {
  expect(problemsOf(on(target, docker)).join()).toContain(why)
})

test('a service of Compose that stands in a slot is no target of another service, nor in its slots', () => {
  const checkout = aService({ targets: [{ nginx: slotsAs({ compose }, {}) }] })
  const problems = (other: object) =>
    problemsOf(
      aFile({ docker: socket, services: { checkout, other: aService({ targets: [other] }) } }),
    )
  const taken = [expect.stringContaining('compose/shop/shop/checkout belongs to checkout already')]

  expect(problems({ compose })).toEqual(taken)
  expect(
    problems({ nginx: { ...slotsAs({}, { compose }), file: '/etc/nginx/countermand/other.conf' } }),
  ).toEqual(taken)
  expect(problems({ compose: { ...compose, service: 'other' } })).toEqual([])
})
