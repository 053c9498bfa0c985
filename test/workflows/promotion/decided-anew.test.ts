import { afterAll, beforeAll, expect, test } from 'vitest'
import { personId } from '#domain/ids.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { minutes } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { atGate, promoting, until } from './promoting.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

async function failedAtGate() {
  const one = await atGate(database)
  one.platform.refused = true
  await one.approve()
  await one.advance()
  one.platform.refused = false
  expect((await one.state()).phase).toBe('failed')
  return one
}

test('a move forward that failed is not tried again by figures that are older than ten minutes', async () => {
  const { flows, click, state, platform, advance } = await failedAtGate()
  await database.moveClock(minutes(11))

  expect(await flows.tryAgain(click(people.teamLead))).toMatchObject({
    refusal: { kind: 'changed', why: 'its figures are older than ten minutes' },
  })
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).phase).not.toBe('applying')
})

test('what failed and was not tried again in time is measured and decided anew, and people are called for it', async () => {
  const { passes, approve, advance, state, kinds, platform } = await failedAtGate()
  await passes(11)
  await passes(1)
  const { phase, voided, look } = await state()
  expect(phase).toBe('watching')
  expect(voided).toMatchObject({ act: 'forward', kind: 'stopped' })
  expect(look?.figures.at).toBeGreaterThan(voided?.at ?? 0)
  expect((await kinds()).filter((kind) => kind === 'promotion_gate_opened')).toHaveLength(2)

  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
  await advance()

  expect(platform.share).toBe(10)
})

test('what failed before anything was changed is decided anew once its platform has changed', async () => {
  const { flows, click, passes, approve, advance, state, platform } = await failedAtGate()
  platform.generation += 1
  await passes(2)

  expect(await state()).toMatchObject({ phase: 'watching', leg: undefined })
  expect(await flows.tryAgain(click(people.teamLead))).toMatchObject({
    refusal: { kind: 'nothing_failed' },
  })
  await passes(1)
  await approve()
  await advance()
  expect(platform.share).toBe(10)
})

test('what somebody else changed in the middle of a move is left where it stands, people are called, and it is decided anew', async () => {
  const { approve, advance, passes, ticks, state, kinds, platform } = await atGate(database)
  platform.parts = 2
  platform.stalled = true
  await passes(6)
  await approve()
  const under = advance()
  await until(async () => (await state()).phase === 'settling')
  platform.generation += 1
  platform.stalled = false
  await under

  expect(platform.made).toEqual(['.1.0 → 5.5 %'])
  expect(await kinds()).toEqual(expect.arrayContaining(['canary_step_failed', 'promotion_stopped']))
  expect(await state()).toMatchObject({ phase: 'watching', voided: { kind: 'stopped' } })

  platform.parts = 1
  await advance()
  await ticks('complaints')
  await passes(16)
  expect(await approve()).toMatchObject({ kind: 'promotion_decided' })
  await advance()
  expect(platform.share).toBe(10)
})

test('what was to be taken away and is not stays on the card, and people are called', async () => {
  const { flows, click, advance, passes, platform, history, id } = await atGate(database)
  platform.isBeside = true
  platform.stable = platform.canary ?? platform.stable
  await flows.takeCanaryAway({ ...click(people.onCall), reason: 'orders fail on the canary' })
  await advance()
  await passes(6)

  const told = await history()
  const { seq } = told.find(({ event }) => event.kind === 'promotion_voided') ?? { seq: 0 }
  expect(promotionState(told)?.voided).toMatchObject({ act: 'away', kind: 'void' })
  const { rows } = await database.owner.query<{ kind: string }>(
    `SELECT kind FROM outbox WHERE stream_id = $1 AND (notice ->> 'seq')::int = $2`,
    [id, seq],
  )
  expect(rows).toEqual([{ kind: 'gate' }])
})

test('an approval is void when the approver lost the role before the start', async () => {
  const { scene, approve, advance, state, platform } = await atGate(database)
  await approve(people.teamLead)
  await database.moveClock(minutes(1))
  scene.directory.roles.delete(people.teamLead)
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).voided?.why).toBe(
    'the approver no longer holds the role the approval was given in',
  )
})

test('a source of roles that does not answer takes no approval back', async () => {
  const { scene, approve, advance, platform } = await atGate(database)
  await approve(people.teamLead)
  await database.moveClock(minutes(1))
  const { standing } = scene.directory
  scene.directory.standing = async (person) => ({
    ...(await standing(person, scene.service, new AbortController().signal)),
    kind: 'member',
    person,
    identity: person,
    roles: [],
    unknown: [{ role: 'team-lead', source: 'PagerDuty' }],
  })
  await advance()

  expect(platform.share).toBe(10)
})

test('an approval that expires while its platform is looked at begins nothing', async () => {
  const { approve, advance, state, platform } = await atGate(database)
  await approve()
  platform.beforeStart = () => database.moveClock(minutes(6))
  await advance()

  expect(platform.made).toEqual([])
  expect((await state()).voided?.why).toBe('it had not begun in time')
})

test('what people say of an item needs a role of the service', async () => {
  const { ticks, advance, state } = await promoting(database)
  await advance()

  expect(await ticks('complaints', true, people.outsider)).toMatchObject({
    kind: 'promotion_refused',
  })
  expect(await ticks('complaints', true, personId('T0SHOP000:U0NOROLE'))).toMatchObject({
    refusal: { kind: 'lacks_role' },
  })
  expect((await state()).ticks).toEqual({})
})

test('clicks do not postpone the next look', async () => {
  const { ticks, advance, id, history } = await promoting(database)
  await advance()
  const [looked] = (await history()).filter(({ event }) => event.kind === 'promotion_looked')
  await database.moveClock(minutes(0.5))
  await ticks('complaints', true, people.outsider)

  const { rows } = await database.owner.query<{ late: boolean }>(
    `SELECT wake_at > to_timestamp($2 / 1e6) + interval '1 minute 1 second' AS late FROM streams WHERE id = $1`,
    [id, looked?.at ?? 0],
  )
  expect(rows).toEqual([{ late: false }])
})
