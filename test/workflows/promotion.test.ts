import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonId } from '#domain/ids.ts'
import type { GateItem } from '#domain/promotion/items.ts'
import { ladders } from '#domain/promotion/ladder.ts'
import { type PromotionSettings, usualPromotion } from '#domain/promotion/settings.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { minutes } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aCanaryPlatform, withCanary } from '../support/scripted-canary.ts'
import { aScene } from '../support/scripted-world.ts'
import { aDelivery, propose } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal
const arms = { canary: 'track="canary"', baseline: 'track="stable"' }
const counted = { arms, requests: 'q', errors: 'q', latency: { query: 'q', perSecond: 1 } }

/** A canary at 1 %, asked for by the on-call engineer. */
async function promoting(settings: Partial<PromotionSettings> = {}, to = 100) {
  const scene = await aScene(database, {
    canary: counted,
    promotion: { ...usualPromotion, ...settings },
  })
  const platform = aCanaryPlatform()
  const world = withCanary(scene.world, platform)
  const flows = workflows(world)
  const request = { service: scene.service.id, by: people.onCall, to, channel: 'C1' }
  const ask = async (more = {}) => flows.requestPromotion({ ...request, ...more }, aDelivery())
  const answer = await ask()
  if (answer.kind !== 'promotion') throw new Error(`not asked for but ${answer.kind}`)
  const { id } = answer.promotion
  const history = () => world.timeline.read(id)
  const state = async () => {
    const found = promotionState(await history())
    if (!found) throw new Error('The promotion is gone')
    return found
  }
  const click = (by: PersonId) => ({ by, promotion: id, delivery: aDelivery() })
  const advance = () => flows.advance(id, never)
  return {
    scene: { ...scene, world },
    platform,
    flows,
    id,
    ask,
    history,
    state,
    click,
    advance,
    kinds: async () => (await history()).map(({ event }) => event.kind),
    /** The clock moves, and it is looked at. */
    passes: async (length: number) => {
      await database.moveClock(minutes(length))
      await advance()
    },
    ticks: (item: GateItem, holds = true, by: PersonId = people.teamLead) =>
      flows.tickGate({ ...click(by), item, holds, value: 'looked at the desk of the support' }),
    approve: async (by: PersonId = people.teamLead) =>
      flows.promote({ ...click(by), digest: (await state()).look?.digest ?? ('none' as never) }),
  }
}

type Promoting = Awaited<ReturnType<typeof promoting>>

/** Everything holds at the first step of the usual ladder. */
async function atGate(settings: Partial<PromotionSettings> = {}): Promise<Promoting> {
  const one = await promoting(settings)
  await one.advance()
  await one.ticks('complaints')
  await one.passes(16)
  return one
}

test('a canary goes from 1 % to 10 % when its time is over, everything holds and somebody else approves', async () => {
  const { platform, approve, advance, state } = await atGate()

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
  const { ask, id } = await promoting()

  const answers = await Promise.all([ask(), ask({ by: people.teamLead })])

  expect(answers).toMatchObject([
    { kind: 'promotion', said: 'joined', promotion: { id } },
    { kind: 'promotion', said: 'joined', promotion: { id } },
  ])
})

test('whoever asked for it does not approve it, unless that is configured', async () => {
  const one = await atGate()
  const other = await atGate({ requesterMayApprove: true })

  expect(await one.approve(people.onCall)).toMatchObject({
    kind: 'promotion_refused',
    refusal: { kind: 'own_request' },
  })
  expect(await other.approve(people.onCall)).toMatchObject({ kind: 'promotion_decided' })
})

test('a gate that is not passed lets nobody through, whatever their role', async () => {
  const { approve, advance, platform, kinds } = await promoting()
  await advance()

  const answer = await approve(people.vp)
  await advance()

  expect(answer).toMatchObject({ refusal: { kind: 'gate_not_passed' } })
  expect(await kinds()).toContain('promotion_refused')
  expect(platform.made).toEqual([])
})

test('an approval is bound to the figures that were shown', async () => {
  const { flows, click, state, platform, passes } = await atGate()
  const shown = (await state()).look?.digest
  platform.errors.canary = 0.00105
  await passes(6)

  const answer = await flows.promote({ ...click(people.teamLead), digest: shown ?? ('' as never) })

  expect(answer).toMatchObject({ refusal: { kind: 'changed' } })
})

test('a canary that was changed between approval and start is left as it is', async () => {
  const { approve, advance, platform, state } = await atGate()
  await approve()
  platform.generation += 1
  await advance()

  expect(platform.made).toEqual([])
  expect(await state()).toMatchObject({ phase: 'watching', leg: undefined })
})

test('an approval that was not acted on in time is void', async () => {
  const { approve, passes, platform, kinds } = await atGate()
  await approve()
  await passes(6)

  expect(platform.made).toEqual([])
  expect(await kinds()).toContain('promotion_voided')
})

test('people are called unasked when the time is over and what is measured passes, once', async () => {
  const { advance, passes, kinds } = await promoting()
  await advance()
  await passes(16)
  await passes(6)

  expect((await kinds()).filter((kind) => kind === 'promotion_gate_opened')).toHaveLength(1)
})

test('a miss below twice the baseline is held and asked about, one above it is rolled back', async () => {
  const { advance, passes, platform, history } = await promoting()
  await advance()
  platform.errors.canary = 0.0014
  await passes(6)
  platform.errors.canary = 0.003
  await passes(30)

  const missed = (await history()).flatMap(({ event }) =>
    event.kind === 'promotion_gate_missed' ? event.advice : [],
  )
  expect(missed).toEqual(['hold', 'roll-back'])
})

test('a new type of error in the logs of the canary misses the gate as its ladder says', async () => {
  const { advance, platform, history } = await promoting()
  platform.logs.canary = 'ERROR PaymentDeclinedException: card 4711'
  await advance()

  const missed = (await history()).find(({ event }) => event.kind === 'promotion_gate_missed')
  expect(missed?.event).toMatchObject({
    advice: 'roll-back',
    because: 'new in the logs: PaymentDeclinedException',
  })
})

test('what cannot be measured passes only when a named person says so', async () => {
  const { advance, platform, passes, ticks, approve } = await promoting()
  platform.metricsDown = true
  await advance()
  await ticks('complaints')
  await passes(16)
  expect(await approve()).toMatchObject({ refusal: { kind: 'gate_not_passed' } })

  await ticks('error-rate')

  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
})

test('what is measured is not for people to say', async () => {
  const { advance, passes, ticks } = await promoting()
  await advance()
  await passes(2)

  expect(await ticks('error-rate')).toMatchObject({ refusal: { kind: 'not_for_people' } })
})

test('a held canary goes nowhere until the hold is ended', async () => {
  const { flows, click, approve } = await atGate()
  await flows.holdCanary(click(people.onCall), 'hold')

  const held = await approve()
  await flows.holdCanary(click(people.onCall), 'go-on')

  expect(held).toMatchObject({ refusal: { kind: 'on_hold', by: people.onCall } })
  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
})

test('the canary is taken away at any time, by whoever asked for it too, and the next rollout is stricter', async () => {
  const { flows, click, advance, platform, state, ask } = await promoting()
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

test('the canary is taken away while it is still coming up', async () => {
  const { flows, click, approve, advance, platform, state } = await atGate()
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')
  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  platform.stalled = false
  await under
  await advance()

  expect(platform.made).toEqual(['.1.0 → 10 %', '.2.0 → 0 %'])
  expect(await state()).toMatchObject({ ended: { outcome: 'taken_away' } })
})

test('nothing is moved while a rollback of the workload is under way', async () => {
  const { scene, approve, advance, platform, state } = await atGate()
  await propose(scene)
  await approve()
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).voided).toBe('a rollback of the service is under way')
})

test('a rollback waits for no canary: the move is stopped, and what was made stays', async () => {
  const { scene, approve, advance, platform, state, kinds } = await atGate()
  platform.stalled = true
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')

  await propose(scene)
  await under

  expect(await kinds()).toContain('promotion_stopped')
  expect(await state()).toMatchObject({ phase: 'watching', leg: undefined })
  expect(platform.share).toBe(10)
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

test('a change whose answer was lost is made once', async () => {
  const { approve, advance, platform, state } = await atGate()
  platform.answersLost = 1
  await approve()
  await advance()

  expect(platform.made).toEqual(['.1.0 → 10 %'])
  expect((await state()).step.share).toBe(10)
})

test('a change that is refused is left to people, who try it again', async () => {
  const { flows, click, approve, advance, platform, state } = await atGate()
  platform.refused = true
  await approve()
  await advance()
  expect((await state()).phase).toBe('failed')

  platform.refused = false
  await flows.tryAgain(click(people.teamLead))
  await advance()

  expect((await state()).step.share).toBe(10)
})

test('a canary that is gone ends its promotion', async () => {
  const { advance, passes, platform, state } = await promoting()
  await advance()
  platform.canary = undefined
  await passes(2)

  expect(await state()).toMatchObject({ ended: { outcome: 'gone' } })
})

test('it goes as far as it was asked for and no further', async () => {
  const { ticks, passes, advance, approve, platform, state } = await promoting({}, 10)
  await advance()
  await ticks('complaints')
  await passes(16)
  await approve()
  await advance()

  expect(platform.share).toBe(10)
  expect(await state()).toMatchObject({ ended: { outcome: 'reached' } })
})

test('it goes on by itself where that is configured, and never for what handles payment', async () => {
  const settings = { ladder: ladders.pauses, isAutomatic: true } as const
  const [one, other] = [
    await promoting(settings),
    await promoting({ ...settings, handles: 'payment' }),
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

test('a click that is delivered twice has the same answer and decides once', async () => {
  const { flows, click, state, kinds } = await atGate()
  const pressed = {
    ...click(people.teamLead),
    digest: (await state()).look?.digest ?? ('' as never),
  }

  const answers = [await flows.promote(pressed), await flows.promote(pressed)]

  expect(answers[1]).toEqual(answers[0])
  expect((await kinds()).filter((kind) => kind === 'promotion_approved')).toHaveLength(1)
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

  expect(answer).toMatchObject({ kind: 'promotion', said: 'preview' })
  expect(await world.timeline.promotions(scene.service.id, 5)).toEqual([])
})

test('where no canary is under way, it says what runs', async () => {
  const scene = await aScene(database)
  const platform = { ...aCanaryPlatform(), canary: undefined }
  const flows = workflows(withCanary(scene.world, platform))
  const request = { service: scene.service.id, by: people.onCall, to: 100, channel: undefined }

  expect(await flows.requestPromotion(request, aDelivery())).toEqual({
    kind: 'not_written',
    why: `No canary of ${scene.service.id} is under way: v2.2.1 is promoted in full.`,
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

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}
