import { afterAll, beforeAll, expect, test } from 'vitest'
import { personId } from '#domain/ids.ts'
import { hours, micros, minutes, plus } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const withoutRole = personId('T0SHOP000:U0MEMBER')

async function asks(scene: Scene, by: typeof withoutRole, ago: number) {
  const since = plus(await scene.world.timeline.now(), micros(-ago))
  const request = {
    by,
    service: scene.service.id,
    to: undefined,
    reason: 'errors since the deploy',
    reasonKind: 'other',
    severity: undefined,
    since,
    notBefore: undefined,
  } as const
  return workflows(scene.world).requestRollback(request, aDelivery())
}

test('nobody without authority can hand the decision to a vice president by naming a start of long ago', async () => {
  const scene = await aScene(database)

  const answer = await asks(scene, withoutRole, hours(480))

  expect(answer).toMatchObject({ kind: 'needs_level', needs: 'on-call-engineer', holds: null })
  expect(await scene.world.timeline.openIncidents(scene.service.id)).toEqual([])
})

test('every member may name a start since the version was shipped, and the on-call engineer any', async () => {
  const since = await asks(await aScene(database), withoutRole, minutes(8))
  const longAgo = await asks(await aScene(database), people.onCall, hours(480))

  expect([since.kind, longAgo.kind]).toEqual(['requested', 'requested'])
})
