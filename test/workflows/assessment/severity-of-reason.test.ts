import { afterAll, beforeAll, expect, test } from 'vitest'
import { incidentState } from '#domain/incident/state.ts'
import type { ManualReason } from '#domain/rollback/request.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const aStandardService = () => aScene(database, { tier: 'standard' })
type Proposed = Awaited<ReturnType<typeof propose>>
const severityOf = async ({ history }: Proposed) => incidentState(await history())?.severity

test.each<[ManualReason, string]>([
  ['security', 'critical'],
  ['data-corruption', 'critical'],
  ['critical-function', 'critical'],
  ['compliance', 'high'],
  ['customer-bug', 'high'],
  ['other', 'high'],
])('a rollback for the reason %s opens an incident that is %s', async (reasonKind, severity) => {
  expect(await severityOf(await propose(await aStandardService(), { reasonKind }))).toBe(severity)
})

test('whoever asks may say otherwise', async () => {
  const asked = { reasonKind: 'data-corruption', severity: 'medium' } as const

  expect(await severityOf(await propose(await aStandardService(), asked))).toBe('medium')
})

test('a second request does not lower what is known, and a worse reason raises it', async () => {
  const scene = await aStandardService()
  const first = await propose(scene, { reasonKind: 'data-corruption' })
  await first.flows.reject({ ...first.click(people.onCall), reason: 'not this version' })
  const second = await propose(scene, { reasonKind: 'customer-bug' })

  expect([second.incident, await severityOf(second)]).toEqual([first.incident, 'critical'])
})

test('planning again does not raise what people have lowered since', async () => {
  const scene = await aStandardService()
  const first = await propose(scene, { reasonKind: 'data-corruption' })
  await first.flows.changeSeverity({
    by: people.onCall,
    incident: first.incident,
    to: 'medium',
    reason: 'only a test account',
    delivery: first.click(people.onCall).delivery,
  })
  await first.flows.reject({ ...first.click(people.onCall), reason: 'not this version' })
  await first.flows.planAgain(first.click(people.onCall))

  expect(await first.kinds()).toContain('rollback_requested')
  expect(await severityOf(first)).toBe('medium')
})
