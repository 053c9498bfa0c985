import { afterAll, beforeAll, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { micros, minutes, plus } from '#domain/time.ts'
import { changeOf } from '#workflows/record.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery, propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Another incident of the scene's service, open since `ago`; nothing is rolled back in it. */
async function anotherIncident({ world, service }: Scene, ago: number) {
  const { timeline, policy } = world
  const now = await timeline.now()
  const incident = incidentId(`inc-${service.id}-other`)
  const startedAt = plus(now, micros(-ago))
  const change = changeOf(
    [
      {
        kind: 'incident_declared',
        service: service.id,
        severity: 'high',
        startedAt,
        detectedBy: 'pager',
        title: 'slow pages',
        by: null,
      },
    ],
    { history: [], now, policy },
  )
  await timeline.append(incident, 0, change)
  return { incident, startedAt, jobs: change.jobs }
}

test('with several open incidents the strictest start is on every record: card, escalation and clicks agree', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  const other = await anotherIncident(scene, minutes(20))
  expect(other.jobs).toContain('advance')

  await rollback.flows.advance(other.incident, new AbortController().signal)

  const own = incidentState(await rollback.history())
  expect(own?.authorityStart).toBe(other.startedAt)
  expect(own?.startedAt).not.toBe(other.startedAt)
  await rollback.advance()
  expect((await rollback.state()).escalatedTo).toBe('team-lead')
  expect(await rollback.approve(people.onCall)).toMatchObject({
    kind: 'refused',
    refusal: { kind: 'not_now', needs: 'team-lead' },
  })
  expect(await rollback.approve(people.teamLead)).toMatchObject({ kind: 'decided' })
})

test('an incident whose start is moved earlier takes the others along, once', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  const other = await anotherIncident(scene, 0)
  const startedAt = plus(other.startedAt, micros(-minutes(40)))
  await rollback.flows.changeStart({
    incident: other.incident,
    by: people.vp,
    delivery: aDelivery(),
    startedAt,
    reason: 'the first complaint',
  })

  await rollback.flows.advance(other.incident, new AbortController().signal)
  await rollback.advance()
  await rollback.advance()

  expect((await rollback.kinds()).filter((kind) => kind === 'stricter_start_found')).toHaveLength(1)
  expect((await rollback.state()).escalatedTo).toBe('engineering-manager')
})

test('a younger incident leaves an older one as it is', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene, {
    since: plus(await scene.world.timeline.now(), micros(-minutes(5))),
  })
  const other = await anotherIncident(scene, minutes(1))

  await rollback.advance()

  expect(await rollback.kinds()).not.toContain('stricter_start_found')
  expect(incidentState(await scene.world.timeline.read(other.incident))?.authorityStart).toBe(
    incidentState(await rollback.history())?.authorityStart,
  )
})
