import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Matrix } from '#domain/authority/matrix.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { micros, minutes } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { aPolicy, people } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene, type Scene } from '../support/scripted-world.ts'
import { propose } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const always = (mayAuthorize: Matrix[0]['mayAuthorize']): Matrix => [
  { fromMicros: micros(0), mayAuthorize, notify: ['executive'] },
]
const strict = aPolicy({ hash: 'sha256:strict', matrix: always('engineering-manager') })
const lax = aPolicy({ hash: 'sha256:lax', matrix: always('on-call-engineer') })

/** The bot was started again with another policy. */
const restarted = (scene: Scene, policy: Policy) => workflows({ ...scene.world, policy })
const outcome = (answer: Answer) =>
  answer.kind === 'refused' && answer.refusal.kind === 'not_now'
    ? `needs ${answer.refusal.needs}`
    : answer.kind

async function approveUnder(
  policy: Policy,
  rollback: Awaited<ReturnType<typeof propose>>,
  scene: Scene,
  by = people.onCall,
) {
  const { digest } = await rollback.state()
  if (!digest) throw new Error('There is no plan')
  return restarted(scene, policy).approve({ ...rollback.click(by), digest })
}

test('T037: a stricter policy that comes while a request waits decides, and an event says so first', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)

  expect(outcome(await approveUnder(strict, rollback, scene))).toBe('needs engineering-manager')

  expect((await rollback.kinds()).slice(-2)).toEqual(['policy_changed', 'decision_refused'])
  const { event } = (await rollback.history()).at(-2) ?? {}
  expect(event).toMatchObject({ from: 'sha256:policy', policy: { hash: 'sha256:strict' } })
  expect(outcome(await approveUnder(strict, rollback, scene, people.manager))).toBe('decided')
})

test('T037: a weaker one that comes meanwhile takes nothing away from the one it was asked under', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  await database.moveClock(minutes(16))

  expect(outcome(await approveUnder(lax, rollback, scene))).toBe('needs team-lead')

  expect(await rollback.kinds()).toContain('policy_changed')
})

test('T037: nor does going back to the first one take away what came between', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  await approveUnder(strict, rollback, scene)

  expect(outcome(await rollback.approve())).toBe('needs engineering-manager')

  const changes = (await rollback.kinds()).filter((kind) => kind === 'policy_changed')
  expect(changes).toHaveLength(1)
})

test('T037: a service that asks for two people meanwhile gets two', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  const catalogue = new Map([[scene.service.id, { ...scene.service, twoPerson: true }]])
  const flows = workflows({ ...scene.world, catalogue })
  const { digest } = await rollback.state()
  if (!digest) throw new Error('There is no plan')

  const answer = await flows.approve({ ...rollback.click(people.onCall), digest })

  expect(answer).toMatchObject({ refusal: { kind: 'second_person_needed', needs: 'team-lead' } })
})

test('T037: what waits is escalated by the stricter one, and expires by the shorter time', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  const { rollback: limits } = aPolicy()
  const shorter = {
    ...strict,
    rollback: { ...limits, requestExpiresMicros: minutes(30) },
  }
  const never = new AbortController().signal

  await restarted(scene, shorter).advance(rollback.incident, never)
  expect((await rollback.state()).escalatedTo).toBe('engineering-manager')
  await database.moveClock(minutes(31))
  await rollback.advance()

  expect((await rollback.state()).phase).toBe('expired')
})

test('the policy an incident was declared under is on its record', async () => {
  const rollback = await propose(await aScene(database))

  expect(incidentState(await rollback.history())?.policies).toMatchObject([
    { hash: 'sha256:policy' },
  ])
})
