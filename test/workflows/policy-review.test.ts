import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Matrix } from '#domain/authority/matrix.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { versionOf } from '#domain/configuration/decide-review.ts'
import { type PersonId, theConfiguration } from '#domain/ids.ts'
import type { Policy } from '#domain/policy.ts'
import { micros, minutes } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { aPolicy, people } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene, type Scene } from '../support/scripted-world.ts'
import { aDelivery, propose } from './cast.ts'

let database: TestDatabase
let scene: Scene
beforeEach(async () => {
  database = await freshDatabase()
  scene = await aScene(database)
})
afterEach(() => database.close())

const always = (mayAuthorize: Matrix[0]['mayAuthorize']): Matrix => [
  { fromMicros: micros(0), mayAuthorize, notify: ['executive'] },
]
const managers = aPolicy({ hash: 'aaaaaaaaaaaa-managers', matrix: always('engineering-manager') })
const anybody = aPolicy({ hash: 'bbbbbbbbbbbb-anybody', matrix: always('on-call-engineer') })

const under = (policy: Policy): Scene => ({ ...scene, world: { ...scene.world, policy } })
const started = async (policy: Policy, hash = `file of ${policy.hash}`) => {
  await workflows(under(policy).world).noteConfiguration(hash)
  return under(policy)
}
const review = (policy: Policy, by: PersonId, delivery = aDelivery()) =>
  workflows(under(policy).world).reviewPolicy({
    version: versionOf(policy.hash),
    by,
    delivery,
  })
const did = (answer: Answer) => (answer.kind === 'policy' ? answer.did : answer.kind)
const recorded = async () =>
  (await scene.world.timeline.read(theConfiguration)).map(({ event }) => event)
const said = async () => {
  const { rows } = await database.owner.query<{ seq: number }>(
    `SELECT (notice ->> 'seq')::int AS seq FROM outbox WHERE stream_id = $1 ORDER BY id`,
    [theConfiguration],
  )
  return rows.map(({ seq }) => seq)
}
const outcome = (answer: Answer) =>
  answer.kind === 'refused' && answer.refusal.kind === 'not_now'
    ? `needs ${answer.refusal.needs}`
    : answer.kind

test('T154: each change of the configuration is on the record once, with its hash, and is said', async () => {
  await started(managers, 'one')
  await started(managers, 'one')
  await started(managers, 'two')
  await started(managers, 'two')

  expect(await recorded()).toMatchObject([
    { kind: 'configuration_changed', hash: 'one', policy: { hash: managers.hash } },
    { kind: 'configuration_changed', hash: 'two' },
  ])
  expect(await said()).toEqual([2])
})

test('T154: a matrix that was loosened lets nobody decide whom the one before did not', async () => {
  await started(managers)
  const rollback = await propose(await started(anybody))

  expect(await rollback.kinds()).toEqual([
    'incident_declared',
    'policy_unreviewed',
    'rollback_requested',
    'rollback_planned',
  ])
  expect(rollback.asked).toMatchObject({ who: { now: 'engineering-manager' } })
  expect(outcome(await rollback.approve(people.onCall))).toBe('needs engineering-manager')
  expect(outcome(await rollback.approve(people.manager))).toBe('decided')
})

test('T154: nor does a terminal that has another file', async () => {
  await started(managers)
  const terminal = under(anybody)

  const rollback = await propose(terminal)

  expect(outcome(await rollback.approve(people.onCall))).toBe('needs engineering-manager')
})

test('T154: what is stricter counts at once, and so do shorter times', async () => {
  await started(anybody)
  const { rollback: limits } = aPolicy()
  const stricter = {
    ...managers,
    rollback: { ...limits, requestExpiresMicros: minutes(30) },
  }
  const rollback = await propose(await started(stricter))

  expect(outcome(await rollback.approve(people.onCall))).toBe('needs engineering-manager')
  await database.moveClock(minutes(31))
  await rollback.advance()
  expect((await rollback.state()).phase).toBe('expired')
})

test('T154: two people who have reviewed it let it decide alone, in what begins from then on', async () => {
  await started(managers)
  const before = await propose(await started(anybody))

  expect(did(await review(anybody, people.onCall))).toBe('counted')
  expect(did(await review(anybody, people.manager))).toBe('reviewed')

  scene = await aScene(database)
  const after = await propose(under(anybody))
  expect(outcome(await after.approve(people.onCall))).toBe('decided')
  expect(outcome(await before.approve(people.onCall))).toBe('needs engineering-manager')
  expect(await said()).toEqual([2, 3, 4])
})

test('T154: one person is not two, however often they say it, and no two of a low level are enough', async () => {
  await started(managers)
  await started(anybody)
  const delivery = aDelivery()

  expect(did(await review(anybody, people.onCall, delivery))).toBe('counted')
  expect(did(await review(anybody, people.onCall, delivery))).toBe('counted')
  expect(did(await review(anybody, people.onCall))).toBe('counted_before')
  expect(did(await review(anybody, people.teamLead))).toBe('counted')
  scene.directory.roles.delete(people.executive)
  expect(did(await review(anybody, people.executive))).toBe('no_role')
  expect(did(await review(anybody, people.outsider))).toBe('may_not_request')
  expect((await recorded()).filter(({ kind }) => kind === 'policy_reviewed')).toHaveLength(2)

  const rollback = await propose(under(anybody))
  expect(outcome(await rollback.approve(people.onCall))).toBe('needs engineering-manager')
})

test('T154: a review counts for the version that was shown, and for no other', async () => {
  await started(managers)
  await started(anybody)
  await review(anybody, people.manager)
  const third = aPolicy({ hash: 'cccccccccccc-leads', matrix: always('team-lead') })
  await started(third)

  expect(did(await review(anybody, people.vp))).toBe('another_version')
  expect(did(await review(third, people.vp))).toBe('counted')

  const rollback = await propose(under(third))
  expect(outcome(await rollback.approve(people.teamLead))).toBe('needs engineering-manager')
})

test('T154: going back to what was reviewed, or changing other numbers, needs no review', async () => {
  await started(managers)
  await started(anybody)
  await started({ ...managers, hash: 'dddddddddddd-other-numbers' })

  expect(did(await review(managers, people.vp))).toBe('nothing_to_review')
  const rollback = await propose(under(managers))
  expect(await rollback.kinds()).not.toContain('policy_unreviewed')
})
