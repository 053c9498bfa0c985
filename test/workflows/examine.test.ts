import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceId, workloadId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Executor, Shortcoming } from '#ports/executor.ts'
import { examine, logShortcomings } from '#workflows/examine.ts'
import { aService } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene } from '../support/scripted-world.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const tooBroad: Shortcoming = { kind: 'excess', text: 'may read secrets', remedy: 'take it away' }
const unfollowed: Shortcoming = { kind: 'blocks', text: 'may not list pods', remedy: 'add it' }
const signal = () => AbortSignal.timeout(5_000)

test('the start warns of what is missing for each service, of too much only once, and ends with the last', async () => {
  const { said, log } = aLog()
  const leftOut: Shortcoming = { kind: 'choice', text: 'may not get configmaps', remedy: 'add it' }
  const found = async (name: string) =>
    name === 'cart' ? [tooBroad, leftOut, unfollowed] : [tooBroad]

  await logShortcomings({ ...(await worldOf(['shop', 'cart'], found)), log }, signal())

  expect(said).toEqual([
    [
      'a credential may more than is ever needed',
      { service: 'shop', what: 'may read secrets', remedy: 'take it away' },
    ],
    ['info: a right was left out that may be', { service: 'cart', what: 'may not get configmaps' }],
    [
      'a service cannot be rolled back',
      { service: 'cart', what: 'may not list pods', remedy: 'add it' },
    ],
  ])
})

test('a platform that does not answer is told of, and keeps no other service from being looked at', async () => {
  const { said, log } = aLog()
  const looked: string[] = []
  const found = async (name: string): Promise<readonly Shortcoming[]> => {
    looked.push(name)
    if (name === 'shop') throw new Error('the connection was refused')
    return []
  }
  const names = ['shop', 'cart', 'mail', 'search', 'stock', 'tax']

  await logShortcomings({ ...(await worldOf(names, found)), log }, signal())

  expect(looked.toSorted()).toEqual(names.toSorted())
  expect(said).toEqual([
    [
      'a service cannot be rolled back',
      {
        service: 'shop',
        what: 'shop cannot be examined: the connection was refused',
        remedy: 'see that its platform can be reached and used from here',
      },
    ],
  ])
})

test('nothing is said any more once the program stops', async () => {
  const { said, log } = aLog()
  const stop = new AbortController()
  const found = async (): Promise<readonly Shortcoming[]> => {
    stop.abort()
    throw stop.signal.reason
  }

  await logShortcomings({ ...(await worldOf(['shop', 'cart'], found)), log }, stop.signal)

  expect(said).toEqual([])
})

test('a target that nothing here can roll back is a shortcoming of its own', async () => {
  const { service } = await aScene(database)

  const { shortcomings } = await examine({ executors: new Map() }, service, signal())

  expect(shortcomings.map(({ kind }) => kind)).toEqual(['blocks'])
  expect(shortcomings[0]?.text).toContain('nothing here can roll back')
})

async function worldOf(
  names: readonly string[],
  found: (service: string) => Promise<readonly Shortcoming[]>,
) {
  const { world } = await aScene(database)
  const scripted = world.executors.get('scripted')
  if (!scripted) throw new Error('there is no scripted executor')
  const executor: Executor = { ...scripted, examine: ({ title }) => found(title) }
  const services = names.map((name): [string, Service] => [
    name,
    aService({
      id: serviceId(name),
      targets: [{ executor: 'scripted', workload: workloadId(name), title: name, spec: {} }],
    }),
  ])
  return { catalogue: new Map(services), executors: new Map([['scripted', executor]]) }
}

function aLog() {
  const said: [string, object][] = []
  const write = (fields: object, message: string) => void said.push([message, fields])
  const info = (fields: object, message: string) => write(fields, `info: ${message}`)
  return { said, log: { info, warn: write, error: write } }
}
