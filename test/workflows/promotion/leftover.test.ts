import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonId } from '#domain/ids.ts'
import { leftoverCall } from '#domain/communication/leftover-words.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { LeftHalfway, NotAllowed } from '#ports/executor.ts'
import { workflows } from '#workflows/index.ts'
import { changeOf } from '#workflows/record.ts'
import { changeOfPromotion } from '#workflows/promotion/record.ts'
import { aRevision, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aDelivery, propose } from '../cast.ts'
import { never, promoting, until } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** Promoted in full by one move; what served before keeps its pods. */
async function promoted() {
  const one = await promoting(database)
  const { platform } = one
  Object.assign(platform, { share: 0, stops: [100], leaves: 'checkout-green' })
  await one.advance()
  await one.approve()
  await one.advance()
  expect(await one.state()).toMatchObject({
    ended: { outcome: 'promoted' },
    leftover: { phase: 'kept', why: undefined },
  })
  return {
    ...one,
    takenAway: () => platform.made.filter((made) => made.startsWith('.leftover')).length,
    /** As if the process had ended right after it said what it is about to do. */
    async begins() {
      const { timeline, policy } = one.scene.world
      const { service } = await one.state()
      const event = { kind: 'leftover_removal_begun', promotion: one.id, service } as const
      const history = await one.history()
      const writing = { history, now: await timeline.now(), policy }
      await timeline.append(one.id, history.length, changeOfPromotion([event], writing))
    },
  }
}

test('what is left behind is taken away once, after its time, also when whoever began that is gone', async () => {
  const { passes, takenAway, state } = await promoted()
  await passes(4)
  expect(takenAway()).toBe(0)

  await passes(2)
  expect(takenAway()).toBe(1)
  expect((await state()).leftover?.phase).toBe('removed')
  await passes(5)
  expect(takenAway()).toBe(1)

  const crashed = await promoted()
  await crashed.begins()
  await crashed.advance()
  expect(crashed.takenAway()).toBe(1)
  expect((await crashed.state()).leftover?.phase).toBe('removed')
})

test('while an incident is open it stays, and that is said once', async () => {
  const { scene, passes, takenAway, kinds, state } = await promoted()
  await propose(scene)

  await passes(6)
  await passes(2)

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({
    phase: 'kept',
    why: expect.stringMatching(/^an incident of checkout-\d+ is open$/),
  })
  expect((await kinds()).filter((kind) => kind === 'leftover_kept')).toHaveLength(1)
})

test('once the service was rolled back it is for people, also where that is over and its incident closed', async () => {
  const { scene, passes, takenAway, state } = await promoted()
  const { incident, rollback, history } = await propose(scene)
  const { timeline, policy } = scene.world
  const before = await history()
  const events = [
    { kind: 'execution_started', rollback },
    { kind: 'watch_ended', rollback, outcome: 'stable', checks: [] },
    { kind: 'incident_closed', by: 'countermand', because: 'stable' },
  ] as const
  const change = changeOf(events, { history: before, now: await timeline.now(), policy })
  await timeline.append(incident, before.length, change)
  expect(await timeline.openIncidentsAbout(scene.service.id)).toEqual([])

  await passes(6)

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({
    phase: 'left',
    why: `a rollback of ${scene.service.id} has been begun since`,
  })
})

test('a rollback that is asked for while it goes has its workload at once, and what is left stays, also when the platform answers again', async () => {
  const { scene, platform, begins, advance, takenAway, state } = await promoted()
  await begins()
  platform.isAway = true
  const going = advance()
  await until(async () => platform.unanswered > 0)

  const { state: rollback } = await propose(scene)
  expect((await rollback()).phase).toBe('awaiting_approval')
  platform.isAway = false
  await going
  await advance()

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({ phase: 'kept' })
})

/** The next version, asked for after the one before was promoted. */
async function withNext() {
  const one = await promoted()
  const { scene, platform, flows, ask, history } = one
  Object.assign(platform, { canary: aRevision('v2.4.0'), share: 0 })
  const answer = await ask()
  if (answer.kind !== 'promotion') throw new Error(`not asked for but ${answer.kind}`)
  const { id } = answer.promotion
  const next = async () => promotionState(await scene.world.timeline.read(id))
  const click = () => ({ by: people.teamLead, promotion: id, delivery: aDelivery() })
  const moves = () => flows.advance(id, never)
  await moves()
  return {
    ...one,
    next,
    moves,
    async approveNext() {
      const digest = (await next())?.look?.digest
      if (!digest) throw new Error('there is nothing to approve')
      expect(await flows.promote({ ...click(), digest })).toMatchObject(decided)
    },
    retryNext: () => flows.tryAgain(click()),
    lastOfLeft: async () => (await history()).at(-1)?.event,
  }
}
const decided = { kind: 'promotion_decided' }

test('the next version, promoted while it goes, has its workload at once, and what is left stays', async () => {
  const { scene, platform, begins, advance, state, next, moves, approveNext } = await withNext()
  await begins()
  platform.isAway = true
  const going = advance()
  await until(async () => platform.unanswered > 0)

  await approveNext()
  const moving = moves()
  await until(async () => (await next())?.phase !== 'approved')
  expect(await next()).toMatchObject({ phase: 'applying', voided: undefined })
  expect((await state()).leftover).toMatchObject({
    phase: 'kept',
    why: `a promotion of ${scene.service.id} was approved`,
  })
  platform.isAway = false
  await Promise.all([going, moving])

  expect(await next()).toMatchObject({ ended: { outcome: 'promoted' } })
  expect((await state()).leftover?.phase).toBe('kept')
})

test('a promotion that failed, and is tried again while it goes, has its workload at once', async () => {
  const { platform, begins, lastOfLeft, next, moves, approveNext, retryNext } = await withNext()
  platform.refused = true
  await approveNext()
  await moves()
  expect((await next())?.phase).toBe('failed')
  await begins()

  expect(await retryNext()).toMatchObject(decided)

  expect((await next())?.phase).toBe('applying')
  expect(await lastOfLeft()).toMatchObject({ kind: 'leftover_kept' })
})

test('what was begun is given up after its time, however often it is begun anew', async () => {
  const { platform, begins, passes, state } = await promoted()
  platform.isAway = true
  await begins()

  await passes(11)

  expect(platform.unanswered).toBe(1)
  expect((await state()).leftover).toMatchObject({ phase: 'left', why: 'connection refused' })
})

test('whoever has a role keeps it, and then it never goes', async () => {
  const { scene, id, passes, takenAway, state } = await promoted()
  const flows = workflows(scene.world)
  const click = (by: PersonId) => ({ by, promotion: id, delivery: aDelivery() })

  expect(await flows.keepLeft(click(people.outsider))).toMatchObject({ kind: 'promotion_refused' })
  expect(await flows.keepLeft(click(people.onCall))).toMatchObject({ kind: 'promotion_decided' })
  expect(await flows.keepLeft(click(people.onCall))).toMatchObject({
    kind: 'promotion_refused',
    refusal: { kind: 'nothing_left' },
  })
  await passes(6)

  expect(takenAway()).toBe(0)
  expect((await state()).leftover).toMatchObject({ phase: 'left', keptBy: people.onCall })
})

test('what the platform refuses is left, with its reason', async () => {
  const { platform, passes, state } = await promoted()
  platform.generation += 1

  await passes(6)

  expect((await state()).leftover).toMatchObject({
    phase: 'left',
    why: 'somebody moved it meanwhile',
  })
})

test('where taking it away ends halfway it is tried once more, and then whoever is on call is told what to do', async () => {
  const why =
    'checkout-green has no pods, and Service checkout sends its requests to it. Scale it to 2'
  const passing = await promoted()
  passing.platform.leftTroubles.push(new LeftHalfway(why))
  await passing.passes(6)
  expect((await passing.state()).leftover?.phase).toBe('removed')

  const blind = await promoted()
  blind.platform.leftTroubles.push(new LeftHalfway(why), new NotAllowed('get', 'deployments'))
  await blind.passes(6)
  expect((await blind.state()).leftover).toMatchObject({ phase: 'left', needs: 'halfway' })

  const { id, platform, passes, state, history } = await promoted()
  platform.leftTroubles.push(new LeftHalfway(why), new LeftHalfway(why))
  await passes(6)

  const last = (await history()).at(-1)
  const { leftover } = await state()
  expect(leftover).toMatchObject({ phase: 'left', needs: 'halfway' })
  expect(leftover && leftoverCall(leftover)).toBe(
    `Taking checkout-green away ended halfway, and production may have nothing to answer with: ${why}. Mend that by hand now; nothing more is tried.`,
  )
  const { rows } = await database.owner.query(
    `SELECT kind FROM outbox WHERE stream_id = $1 AND (notice ->> 'seq')::int = $2`,
    [id, last?.seq],
  )
  expect(rows).toEqual([{ kind: 'gate' }])
})
