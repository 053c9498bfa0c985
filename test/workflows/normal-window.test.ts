import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '#domain/service.ts'
import { hours, type Instant, micros, minutes, plus } from '#domain/time.ts'
import { normalWindow } from '#workflows/normal-window.ts'
import { at, people } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene } from '../support/scripted-world.ts'
import { propose } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('what was measured during the incident is not called normal, although it was before the deploy', async () => {
  const scene = await aScene(database)
  const began = plus(await scene.world.timeline.now(), micros(-minutes(30)))
  const slowSince = async (_: Service, signal: string, { to }: { readonly to: Instant }) => {
    const value = signal === 'p95' ? (to > began ? 0.4 : 0.2) : 0.001
    return { kind: 'value', value, requests: 20_000, query: 'q' } as const
  }
  const world = { ...scene.world, metrics: { measure: slowSince } }
  const rollback = await propose({ ...scene, world }, { since: began })
  await rollback.approve(people.manager)
  await rollback.advance()
  await database.moveClock(minutes(5))
  await rollback.advance()

  const { phase, checks } = await rollback.state()
  expect(phase).toBe('not_recovered')
  expect(checks.map(({ text }) => text)).toContain('P95 400 ms (normal 200 ms)')
})

test('a start long before the deploy moves nothing: normal is the hour before the deploy', () => {
  const shippedAt = at('14:20:00')
  const longAgo = plus(shippedAt, micros(-hours(480)))

  expect(normalWindow(shippedAt, longAgo)).toEqual({ from: at('13:20:00'), to: shippedAt })
})
