import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { incidentState } from '#domain/incident/state.ts'
import { hours, type Instant, micros, minutes, plus, seconds } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { aDelivery, propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** An open incident, somebody who speaks about it, and what the record then says. */
async function open(scene?: Scene) {
  const place = scene ?? (await aScene(database))
  const rollback = await propose(place)
  const { timeline } = place.world
  return {
    ...rollback,
    now: () => timeline.now(),
    said: (by = people.onCall) => ({
      incident: rollback.incident,
      by,
      delivery: aDelivery(),
    }),
    state: async () => {
      const state = incidentState(await timeline.read(rollback.incident))
      if (!state) throw new Error('The incident is gone')
      return state
    },
    lastEvent: async () => (await timeline.read(rollback.incident)).at(-1)?.event,
  }
}
const back = (now: Instant, length: number): Instant => plus(now, micros(-length))

describe('the checklist', () => {
  test('people tick what only they can know, once', async () => {
    const { flows, said, kinds, lastEvent } = await open()
    const item = { item: 'smoke-tests', note: '' }

    const first = await flows.tick({ ...said(), ...item })
    const second = await flows.tick({ ...said(people.teamLead), ...item })

    expect(first).toEqual({ kind: 'ticked', item: 'smoke-tests' })
    expect(second).toMatchObject({ kind: 'not_written', why: expect.stringContaining('already') })
    expect(await lastEvent()).toMatchObject({ kind: 'checklist_ticked', by: people.onCall })
    expect((await kinds()).filter((kind) => kind === 'checklist_ticked')).toHaveLength(1)
  })

  test.each([
    ['serving-version', 'ticked by Countermand itself'],
    ['made-up', 'no such item'],
    ['toString', 'no such item'],
  ])('nobody ticks %s', async (item, why) => {
    const { flows, said, kinds } = await open()
    const before = await kinds()

    const answer = await flows.tick({ ...said(), item, note: '' })

    expect(answer).toMatchObject({ kind: 'not_written', why: expect.stringContaining(why) })
    expect(await kinds()).toEqual(before)
  })

  test('an outsider ticks nothing', async () => {
    const { flows, said } = await open()

    const answer = await flows.tick({ ...said(people.outsider), item: 'smoke-tests', note: '' })

    expect(answer).toEqual({ kind: 'may_not_request', why: 'guest' })
  })
})

test('whatever is said is written once, however often it is delivered, with the same answer', async () => {
  const { flows, said, kinds } = await open()
  const note = { ...said(), text: 'the bank confirms an outage' }
  const severity = { ...said(), to: 'low', reason: 'nobody notices' } as const
  const line = { ...said(), seq: 2, text: 'it was 14:20' }
  const draft = said()
  const ticked = { ...said(), item: 'data-integrity', note: '' }
  const ways = [
    () => flows.addNote(note),
    () => flows.changeSeverity(severity),
    () => flows.correct(line),
    () => flows.askPostMortem(draft),
    () => flows.tick(ticked),
  ]
  const first = await Promise.all(ways.map((way) => way()))
  const written = await kinds()

  const again = await Promise.all(ways.map((way) => way()))

  expect(again).toEqual(first)
  expect(await kinds()).toEqual(written)
  expect(written.toSorted()).toEqual([
    'checklist_ticked',
    'corrected',
    'incident_declared',
    'note_added',
    'post_mortem_asked',
    'rollback_planned',
    'rollback_requested',
    'severity_changed',
  ])
})

test('a line that does not exist cannot be corrected', async () => {
  const { flows, said, kinds } = await open()
  const before = await kinds()

  const answer = await flows.correct({ ...said(), seq: 4, text: 'no' })

  expect(answer).toMatchObject({ kind: 'not_written', why: expect.stringContaining('1 to 3') })
  expect(await kinds()).toEqual(before)
})

describe('severity', () => {
  test('T058 goes up for everybody, down for the level of this minute, and nowhere when it is there', async () => {
    const { flows, said, state } = await open()
    await flows.changeSeverity({ ...said(), to: 'high', reason: 'one region only' })
    await database.moveClock(minutes(16))

    const up = await flows.changeSeverity({ ...said(), to: 'critical', reason: 'all regions' })
    const down = await flows.changeSeverity({ ...said(), to: 'low', reason: 'it is quiet' })
    const same = await flows.changeSeverity({ ...said(), to: 'critical', reason: 'again' })

    expect(up.kind).toBe('noted')
    expect(down).toMatchObject({ kind: 'needs_level', needs: 'team-lead' })
    expect(same.kind).toBe('not_written')
    expect((await state()).severity).toBe('critical')
  })
})

describe('the start of an incident', () => {
  test('moves back for every member as far as the version was shipped, and raises who must decide', async () => {
    const { flows, said, now, state, approve, advance, kinds } = await open()
    // The scene's version was shipped ten minutes before.
    await database.moveClock(minutes(6))
    const startedAt = back(await now(), minutes(15.5))

    const answer = await flows.changeStart({ ...said(), startedAt, reason: 'first complaint' })
    await advance()

    expect(answer).toMatchObject({
      kind: 'noted',
      what: 'start',
      text: expect.stringMatching(/^15 min ago \(.* UTC\)$/),
    })
    expect(await state()).toMatchObject({ startedAt, authorityStart: startedAt })
    expect(await kinds()).toContain('escalated')
    expect(await approve(people.onCall)).toMatchObject({ refusal: { needs: 'team-lead' } })
  })

  test('further back it takes the level of this minute', async () => {
    const { flows, said, now, state } = await open()
    await database.moveClock(minutes(16))
    const startedAt = back(await now(), hours(3))
    const further = { startedAt, reason: 'the graph bends there' }

    const member = await flows.changeStart({ ...said(), ...further })
    const lead = await flows.changeStart({ ...said(people.teamLead), ...further })

    expect(member).toMatchObject({ kind: 'needs_level', needs: 'team-lead' })
    expect(lead.kind).toBe('noted')
    expect((await state()).startedAt).toBe(startedAt)
  })

  test('T054 later it takes that level too, and lowers nothing', async () => {
    const { flows, said, now, state, approve } = await open()
    const began = (await state()).startedAt
    await database.moveClock(minutes(16))
    const later = { startedAt: back(await now(), minutes(1)), reason: 'a false alarm before' }

    const member = await flows.changeStart({ ...said(), ...later })
    const lead = await flows.changeStart({ ...said(people.teamLead), ...later })

    expect([member.kind, lead.kind]).toEqual(['needs_level', 'noted'])
    expect(await state()).toMatchObject({ startedAt: later.startedAt, authorityStart: began })
    expect(await approve(people.onCall)).toMatchObject({ refusal: { needs: 'team-lead' } })
  })

  test('is never in the future', async () => {
    const { flows, said, now, kinds } = await open()
    const before = await kinds()
    const startedAt = plus(await now(), minutes(1))

    const answer = await flows.changeStart({ ...said(), startedAt, reason: 'tomorrow' })

    expect(answer.kind).toBe('start_in_future')
    expect(await kinds()).toEqual(before)
  })
})

describe('while people have to choose', () => {
  /** Rolled back, and still not well. */
  async function notRecovered() {
    const scene = await aScene(database)
    const rollback = await open(scene)
    await rollback.approve()
    scene.platform.metricsDown = true
    await rollback.advance()
    await database.moveClock(minutes(6))
    await rollback.advance()
    const reminded = async () =>
      (await rollback.history()).filter(
        ({ event }) => event.kind === 'reminded' && event.rollback === rollback.asked.rollback,
      )
    const passes = async (length: number) => {
      await database.moveClock(micros(length))
      await rollback.advance()
    }
    return { ...rollback, reminded, passes }
  }

  test('whoever decides is called again every five minutes, and no more than twelve times', async () => {
    const { reminded, passes, lastEvent } = await notRecovered()
    expect(await lastEvent()).toMatchObject({ kind: 'verified', outcome: 'unverified' })

    await passes(minutes(4.9))
    const early = await reminded()
    await passes(seconds(10))
    const first = await lastEvent()
    for (let round = 0; round < 14; round += 1) await passes(minutes(5))

    expect(early).toEqual([])
    expect(first).toMatchObject({ kind: 'reminded', to: 'on-call-engineer' })
    expect(await reminded()).toHaveLength(12)
    expect(await lastEvent()).toMatchObject({ kind: 'reminded', to: 'vp-engineering' })
  })

  test.each<[string, (scene: Awaited<ReturnType<typeof notRecovered>>) => Promise<unknown>]>([
    [
      'lifts the hold',
      ({ flows, click }) =>
        flows.liftHold({ ...click(people.vp), reason: 'the fix is on its way' }),
    ],
    [
      'undoes it',
      ({ flows, click }) => flows.undo({ ...click(people.vp), reason: 'it makes it worse' }),
    ],
    ['asks for another version', ({ flows, click }) => flows.planAgain(click(people.vp))],
    [
      'calls it less bad',
      ({ flows, said }) =>
        flows.changeSeverity({ ...said(people.vp), to: 'low', reason: 'nobody notices' }),
    ],
  ])('nobody is called any more once somebody %s', async (_what, decides) => {
    const scene = await notRecovered()
    await scene.passes(minutes(5))
    const before = await scene.reminded()

    await decides(scene)
    await scene.passes(minutes(5))
    await scene.passes(minutes(5))

    expect(before).toHaveLength(1)
    expect(await scene.reminded()).toHaveLength(1)
  })

  test('a rollback that is stuck calls too, and can be taken back once more', async () => {
    const scene = await aScene(database)
    const rollback = await open(scene)
    await rollback.approve()
    await rollback.advance()
    scene.platform.silentFor = Number.POSITIVE_INFINITY
    await rollback.flows.undo({ ...rollback.click(people.vp), reason: 'it makes it worse' })
    const working = rollback.advance()
    await expect.poll(rollback.kinds).toContain('undo_started')
    await database.moveClock(minutes(4))
    await working
    const stuck = await rollback.lastEvent()
    await database.moveClock(minutes(5))
    await rollback.advance()
    const called = await rollback.lastEvent()

    scene.platform.silentFor = 0
    const answer = await rollback.flows.undo({
      ...rollback.click(people.vp),
      reason: 'the cluster answers again',
    })
    await rollback.advance()

    expect(stuck).toMatchObject({ kind: 'undo_failed' })
    expect(called).toMatchObject({ kind: 'reminded' })
    expect(answer.kind).toBe('decided')
    expect(await rollback.lastEvent()).toMatchObject({ kind: 'undo_succeeded' })
    expect(scene.platform.running).toBe('v2.3.0')
  })
})
