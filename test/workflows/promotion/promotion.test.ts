import { afterAll, beforeAll, expect, test } from 'vitest'
import { ladders } from '#domain/promotion/ladder.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import { minutes } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { testReports } from '#postgres/test-reports.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aCanaryPlatform, withCanary } from '../../support/scripted-canary.ts'
import { aScene } from '../../support/scripted-world.ts'
import { aDelivery } from '../cast.ts'
import { atGate, counted, never, promoting } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('a canary goes from 1 % to 10 % when its time is over, everything holds and somebody else approves', async () => {
  const { platform, approve, advance, state } = await atGate(database)

  const answer = await approve()
  await advance()

  expect(answer.kind).toBe('promotion_decided')
  expect(platform.made).toEqual(['.1.0 → 10 %'])
  const { phase, step, passed } = await state()
  expect(phase).toBe('watching')
  expect(step.share).toBe(10)
  expect(passed).toMatchObject([{ share: 1 }])
})

test('the same canary asked for twice at once is one promotion', async () => {
  const { ask, id } = await promoting(database)

  const answers = await Promise.all([ask(), ask({ by: people.teamLead })])

  expect(answers).toMatchObject([
    { kind: 'promotion', said: 'joined', promotion: { id } },
    { kind: 'promotion', said: 'joined', promotion: { id } },
  ])
})

test('whoever asked for it does not approve it, unless that is configured', async () => {
  const one = await atGate(database)
  const other = await atGate(database, { requesterMayApprove: true })

  expect(await one.approve(people.onCall)).toMatchObject({
    kind: 'promotion_refused',
    refusal: { kind: 'own_request' },
  })
  expect(await other.approve(people.onCall)).toMatchObject({ kind: 'promotion_decided' })
})

test('a gate that is not passed lets nobody through, whatever their role', async () => {
  const { approve, advance, platform, kinds } = await promoting(database)
  await advance()

  const answer = await approve(people.vp)
  await advance()

  expect(answer).toMatchObject({ refusal: { kind: 'gate_not_passed' } })
  expect(await kinds()).toContain('promotion_refused')
  expect(platform.made).toEqual([])
})

test('people are called unasked when the time is over and what is measured passes, once', async () => {
  const { advance, passes, kinds } = await promoting(database)
  await advance()
  await passes(16)
  await passes(6)

  expect((await kinds()).filter((kind) => kind === 'promotion_gate_opened')).toHaveLength(1)
})

test('a miss below twice the baseline is held and asked about, one above it is rolled back', async () => {
  const { advance, passes, platform, history } = await promoting(database)
  await advance()
  platform.errors.canary = 0.0018
  await passes(12)
  platform.errors.canary = 0.003
  await passes(30)

  const missed = (await history()).flatMap(({ event }) =>
    event.kind === 'promotion_gate_missed' ? event.advice : [],
  )
  expect(missed).toEqual(['hold', 'roll-back'])
})

test('a new type of error in the logs of the canary misses the gate as its ladder says', async () => {
  const { advance, platform, history } = await promoting(database)
  platform.logs.canary = 'ERROR PaymentDeclinedException: card 4711'
  await advance()

  const missed = (await history()).find(({ event }) => event.kind === 'promotion_gate_missed')
  expect(missed?.event).toMatchObject({
    advice: 'roll-back',
    because: 'new in the logs: PaymentDeclinedException',
  })
})

test('what cannot be measured passes only when a named person says so', async () => {
  const { advance, platform, passes, ticks, approve } = await promoting(database)
  platform.metricsDown = true
  await advance()
  await ticks('complaints')
  await passes(16)
  expect(await approve()).toMatchObject({ refusal: { kind: 'gate_not_passed' } })

  await ticks('error-rate')

  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
})

test('what is measured is not for people to say', async () => {
  const { advance, passes, ticks } = await promoting(database)
  await advance()
  await passes(2)

  expect(await ticks('error-rate')).toMatchObject({ refusal: { kind: 'not_for_people' } })
})

test('a held canary goes nowhere until the hold is ended', async () => {
  const { flows, click, approve, advance } = await atGate(database)
  await flows.holdCanary({ ...click(people.onCall), turn: 0 }, 'hold')
  await advance()

  const held = await approve()
  await flows.holdCanary({ ...click(people.onCall), turn: 1 }, 'go-on')

  expect(held).toMatchObject({ refusal: { kind: 'on_hold', by: people.onCall } })
  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
})

test('the canary is taken away at any time, by whoever asked for it too, and the next rollout is stricter', async () => {
  const { flows, click, advance, platform, state, ask } = await promoting(database)
  await advance()

  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  await advance()

  expect(platform.made).toEqual(['.1.0 → 0 %'])
  expect(await state()).toMatchObject({ phase: 'ended', ended: { outcome: 'taken_away' } })

  const { canary: fixed } = aCanaryPlatform()
  platform.canary = fixed
  platform.share = 5
  const next = await ask()
  expect(next).toMatchObject({
    kind: 'promotion',
    said: 'requested',
    promotion: { isStricter: true },
  })
  if (next.kind !== 'promotion') return
  const { gates } = next.promotion.settings.ladder
  expect(gates.map(({ at }) => at)).toEqual([5, 10, 15, 20, 25])
  expect(gates.every(({ all }) => all.some((item) => item === 'success'))).toBe(true)
})

test('a canary that nobody asked for is measured, and people are called once its gate can be passed', async () => {
  const scene = await aScene(database, { canary: counted, promotion: usualPromotion })
  const platform = aCanaryPlatform()
  const world = withCanary(scene.world, platform)
  const flows = workflows(world)
  const promotions = () => world.timeline.promotions(scene.service.id, 5)
  await flows.observeAll(never)
  await flows.observeAll(never)

  const [id, ...more] = await promotions()
  if (id === undefined) throw new Error('nothing was seen')
  expect(more).toEqual([])
  await flows.advance(id, never)
  const silent = await shownOf(id)
  await database.moveClock(minutes(16))
  await flows.advance(id, never)

  expect(silent).toEqual([])
  expect(await shownOf(id)).toEqual(expect.arrayContaining(['card', 'gate']))
  const { rows } = await database.owner.query<{ by: string }>(
    `SELECT payload ->> 'by' AS by FROM timeline_events WHERE stream_id = $1 AND seq = 1`,
    [id],
  )
  expect(rows).toEqual([{ by: 'countermand' }])

  platform.canary = undefined
  await database.moveClock(minutes(2))
  await flows.advance(id, never)
  await flows.observeAll(never)
  expect(await promotions()).toEqual([id])
})

test('it goes as far as it was asked for and no further', async () => {
  const { ticks, passes, advance, approve, platform, state } = await promoting(database, {}, 10)
  await advance()
  await ticks('complaints')
  await passes(16)
  await approve()
  await advance()

  expect(platform.share).toBe(10)
  expect(await state()).toMatchObject({ phase: 'watching', ended: undefined })
})

test('what has come as far as it was asked for is measured on, and goes further when somebody asks', async () => {
  const one = await promoting(database, {}, 10)
  const { ticks, passes, advance, approve, platform, state, kinds, ask, flows, scene } = one
  await advance()
  await ticks('complaints')
  await passes(16)
  await approve()
  await advance()
  for (const item of ['complaints', 'conversion', 'tickets'] as const) await ticks(item)
  await passes(61)

  expect(await approve()).toMatchObject({ refusal: { kind: 'blocked' } })
  expect((await kinds()).filter((kind) => kind === 'promotion_gate_opened')).toHaveLength(1)
  await flows.observeAll(never)
  expect(await scene.world.timeline.promotions(scene.service.id, 5)).toEqual([one.id])

  platform.errors.canary = 0.003
  await passes(30)
  expect((await state()).called).toEqual(['roll-back'])

  platform.errors.canary = 0.001
  await ask({ to: 50, by: people.manager })
  await passes(61)
  await approve()
  await advance()
  expect(platform.share).toBe(50)
})

test('one that an earlier version left where it was asked to go is watched again', async () => {
  const { id, state, advance, history, flows, scene } = await promoting(database, {}, 10)
  await advance()
  const { id: promotion, service } = await state()
  const why = 'v2.3.0 takes 10 %, as far as it was asked for'
  const ended = { kind: 'promotion_ended', promotion, service, outcome: 'reached', why } as const
  await scene.world.timeline.append(id, (await history()).length, {
    events: [ended],
    actor: 'countermand',
    notices: [],
    wakeAt: null,
    jobs: [],
  })

  await flows.observeAll(never)

  const [newest] = await scene.world.timeline.promotions(scene.service.id, 5)
  expect(newest).not.toBe(id)
})

test('what is not configured to be measured calls people when the time is over: they tick it or configure it', async () => {
  const { latency: _, ...unmeasured } = counted
  const one = await promoting(database, {}, 100, { canary: unmeasured })
  await one.advance()
  await one.passes(16)

  expect((await one.history()).at(-1)?.event).toMatchObject({
    kind: 'promotion_gate_opened',
    unmeasured: ['P99 within 20 % of the baseline: not known, canary.latency is not configured'],
  })
  await one.passes(6)
  expect((await one.state()).called).toEqual(['unmeasured'])

  await one.ticks('latency')
  await one.ticks('complaints')
  expect(await one.approve()).toMatchObject({ kind: 'promotion_decided' })
})

test('what could be measured and is not, in twice its time, calls people as well', async () => {
  const { advance, passes, platform, state } = await promoting(database)
  platform.requests.canary = 10
  await advance()
  await passes(16)
  const early = (await state()).called
  await passes(15)

  expect(early).toEqual([])
  expect((await state()).called).toEqual(['unmeasured'])
})

test('a P99 of a handful of requests lets nothing through', async () => {
  const { advance, passes, platform, state, ticks, approve } = await promoting(database)
  platform.timed = { canary: 5, baseline: 1_000 }
  await advance()
  await ticks('complaints')
  await passes(16)

  expect(await approve()).toMatchObject({ refusal: { kind: 'gate_not_passed' } })
  expect((await state()).look?.figures.timed?.canary).toBeLessThan(100)
})

test('it goes on by itself where that is configured, and never for what handles payment', async () => {
  const settings = { ladder: ladders.pauses, isAutomatic: true } as const
  const [one, other] = [
    await promoting(database, settings),
    await promoting(database, { ...settings, handles: 'payment' }),
  ]
  for (const { platform, advance } of [one, other]) {
    platform.share = 5
    await advance()
  }
  await database.moveClock(minutes(11))
  await one.advance()
  await other.advance()
  await one.advance()

  expect(one.platform.made).toEqual(['.1.0 → 20 %'])
  expect(other.platform.made).toEqual([])
})

test('a test counts for the version that it names, whether it reported before or after the canary came', async () => {
  const one = await promoting(database, { tests: ['load-test'] })
  const reports = testReports(database.pools.work)
  const report = (version: string, passed: boolean) =>
    reports.keep({
      service: one.scene.service.id,
      version,
      item: 'load-test',
      passed,
      value: '1000 virtual users, 5 min',
      delivery: aDelivery(),
    })
  await report('2.2.1', true)
  await one.advance()
  const before = await one.state()

  await report('v2.3.0', false)
  await one.passes(1)

  expect(before.tests).toEqual({})
  expect(before.step.share).toBe(1)
  expect((await one.state()).tests['load-test']).toMatchObject({ passed: false })
  expect((await one.state()).called).toEqual(['roll-back'])
})

test('a dry run shows where it stands and writes nothing', async () => {
  const scene = await aScene(database, { canary: counted })
  const world = withCanary(scene.world, aCanaryPlatform())
  const flows = workflows(world)

  const answer = await flows.previewPromotion({
    service: scene.service.id,
    by: people.onCall,
    to: 100,
    channel: undefined,
  })

  expect(answer).toMatchObject({
    kind: 'promotion',
    said: 'preview',
    promotion: { requestedBy: 'countermand' },
  })
  expect(await world.timeline.promotions(scene.service.id, 5)).toEqual([])
})

test('a dry run of a canary that is on its way shows that one, as a dry run, and does not join it', async () => {
  const { scene, flows, state } = await promoting(database)
  const before = await state()

  const answer = await flows.previewPromotion({
    service: scene.service.id,
    by: people.teamLead,
    to: 50,
    channel: undefined,
  })

  expect(answer).toMatchObject({ kind: 'promotion', said: 'preview', promotion: { id: before.id } })
  expect(await state()).toEqual(before)
})

test('where no canary is under way, it says what runs', async () => {
  const scene = await aScene(database)
  const platform = { ...aCanaryPlatform(), canary: undefined }
  const flows = workflows(withCanary(scene.world, platform))
  const request = { service: scene.service.id, by: people.onCall, to: 100, channel: undefined }

  expect(await flows.requestPromotion(request, aDelivery())).toEqual({
    kind: 'not_written',
    why: `No canary of ${scene.service.id} is under way: v2.2.1 is promoted in full. Ship the next version beside it, and ask again.`,
  })
})

/** What people are to be shown of a stream. */
async function shownOf(stream: string): Promise<readonly string[]> {
  const { rows } = await database.owner.query<{ kind: string }>(
    'SELECT kind FROM outbox WHERE stream_id = $1',
    [stream],
  )
  return rows.map(({ kind }) => kind)
}

test('a few errors in many minutes are neither rounded away nor made more of', async () => {
  const { advance, passes, platform, history } = await promoting(database)
  platform.errors.canary = 0.0001
  platform.errors.baseline = 0.0001
  await advance()
  await passes(50)

  const look = (await history()).findLast(({ event }) => event.kind === 'promotion_looked')?.event
  if (look?.kind !== 'promotion_looked') throw new Error('nobody looked')
  const { counts } = look.look.figures
  if (counts.kind !== 'compared') throw new Error(counts.why)
  const { requests, errors } = counts.canary
  expect(errors).toBe(Math.round(requests * 0.0001))
  expect(errors).toBeGreaterThan(0)
})
