import { expect, test } from 'vitest'
import { serviceId, workloadId } from '#domain/ids.ts'
import { hours, instant } from '#domain/time.ts'
import { alsoChanged } from '#workflows/assessment/also-changed.ts'
import type { World } from '#workflows/world.ts'
import { aService, at } from '../../support/builders.ts'

const target = (name: string) => ({
  executor: 'scripted',
  workload: workloadId(name),
  title: name,
  spec: {},
})
const service = (name: string, dependsOn: readonly string[] = []) =>
  aService({
    id: serviceId(name),
    dependsOn: dependsOn.map(serviceId),
    targets: [target(name)],
  })
const [checkout, payments, cart] = [
  service('checkout', ['payments', 'gone']),
  service('payments'),
  service('cart'),
]
const now = at('14:30:00')

test('what a service depends on is looked at, the record tells of the rest, and of itself nothing is said', async () => {
  const observed: string[] = []
  const asked: unknown[] = []
  const world = {
    catalogue: new Map([checkout, payments, cart].map((one) => [one.id, one])),
    executors: new Map([
      [
        'scripted',
        {
          observe: async ({ title }: { readonly title: string }) => {
            observed.push(title)
            throw new Error('it does not answer')
          },
        },
      ],
    ]) as unknown as World['executors'],
    revisions: {
      begunSince: async (...given: readonly unknown[]) => {
        asked.push(given)
        return [{ workload: workloadId('cart'), name: 'v3.2.0', at: at('14:10:00') }]
      },
    } as unknown as World['revisions'],
  }

  const found = await alsoChanged(world, checkout, now, new AbortController().signal)

  expect(observed).toEqual(['payments'])
  expect(asked).toEqual([[['payments', 'cart'], instant(now - hours(1))]])
  expect(found).toEqual([{ service: 'cart', version: 'v3.2.0', at: at('14:10:00') }])
})
