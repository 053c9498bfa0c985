import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '#domain/communication/answer.ts'
import { incidentState } from '#domain/incident/state.ts'
import { hours, minutes } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { aChange } from '../../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { aDelivery, propose, recovered } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const why = 'it makes things worse'
const refusal = (answer: Answer) => (answer.kind === 'refused' ? answer.refusal.kind : answer.kind)

test('goes from approval to a watched recovery and a closed incident', async () => {
  const scene = await aScene(database)
  const rollback = await recovered(database, scene)
  expect((await rollback.state()).phase).toBe('watching')

  await database.moveClock(minutes(30))
  await rollback.advance()

  expect((await rollback.state()).phase).toBe('stable')
  expect(scene.platform).toMatchObject({ running: 'v2.2.1', made: ['.0 → v2.2.1'] })
  expect((await rollback.kinds()).filter((kind) => kind !== 'progressed')).toEqual([
    'incident_declared',
    'rollback_requested',
    'rollback_planned',
    'approval_given',
    'execution_started',
    'step_started',
    'step_applied',
    'step_succeeded',
    'execution_completed',
    'hold_placed',
    'checked',
    'verified',
    'watch_ended',
    'incident_closed',
  ])
})

test('an open request asks each next level once and ends after two hours, freeing the workload', async () => {
  const scene = await aScene(database)
  const rollback = await propose(scene)
  const asked = async () =>
    (await scene.world.timeline.read(rollback.incident)).flatMap(({ event }) =>
      event.kind === 'escalated' ? event.to : [],
    )
  await rollback.advance()
  expect(await asked()).toEqual([])

  await database.moveClock(minutes(15))
  await rollback.advance()
  await rollback.advance()
  expect(await asked()).toEqual(['team-lead'])
  expect(refusal(await rollback.approve(people.onCall))).toBe('not_now')

  await database.moveClock(minutes(15))
  await rollback.advance()
  await database.moveClock(minutes(30))
  await rollback.advance()
  await rollback.advance()
  expect(await asked()).toEqual(['team-lead', 'engineering-manager', 'vp-engineering'])

  await database.moveClock(minutes(60))
  await rollback.advance()
  expect((await rollback.state()).phase).toBe('expired')
  expect(refusal(await rollback.approve(people.vp))).toBe('expired')
  expect(await scene.world.timeline.holder((await rollback.state()).workload)).toBeUndefined()
})

describe('at the start', () => {
  test('T026 T095 another deploy voids the approval, and the new plan asks again', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    const { digest } = await rollback.state()
    await rollback.approve()
    scene.platform.running = 'v2.4.0'
    scene.platform.generation += 1

    await rollback.advance()

    const state = await rollback.state()
    expect(state).toMatchObject({ phase: 'awaiting_approval', plan: { from: { name: 'v2.4.0' } } })
    expect(scene.platform.made).toEqual([])
    if (!digest) throw new Error('There was no plan')
    const stale = await rollback.flows.approve({ ...rollback.click(people.onCall), digest })
    expect(refusal(stale)).toBe('plan_changed')
  })

  test('T085 a platform that is away for a moment costs neither the approval nor the request', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.silentFor = 3

    await rollback.advance()

    expect(await rollback.kinds()).not.toContain('approval_voided')
    expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
  })

  test('nothing begins before the platform was seen again', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.silentFor = 2
    scene.platform.running = 'v2.4.0'
    scene.platform.generation += 1

    await rollback.advance()

    expect(await rollback.kinds()).toContain('approval_voided')
    expect(await rollback.kinds()).not.toContain('execution_started')
  })
})

describe('while it runs', () => {
  test('T083 a lost answer is no second change', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.answersLost = 1

    await rollback.advance()

    expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
    expect((await rollback.state()).phase).toBe('verifying')
  })

  test('two workers at once make one change and finish', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()

    await Promise.all([rollback.advance(), rollback.advance(), rollback.advance()])

    expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
    expect((await rollback.state()).phase).toBe('verifying')
    expect((await rollback.kinds()).filter((kind) => kind === 'step_started')).toHaveLength(1)
  })

  test('an undo is noticed, stops the wait and takes the change back', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.stalled = true
    const working = rollback.advance()
    await expect.poll(async () => (await rollback.state()).phase).toBe('settling')

    const answer = await rollback.flows.undo({ ...rollback.click(people.onCall), reason: why })
    await working

    expect(answer.kind).toBe('decided')
    expect((await rollback.state()).phase).toBe('undone')
    expect(scene.platform).toMatchObject({
      running: 'v2.3.0',
      made: ['.0 → v2.2.1', '.0.undo → v2.3.0'],
    })
  })

  test.each(['medium', 'critical'] as const)(
    'a collapse takes the place of what is left and is carried out (%s)',
    async (severity) => {
      const scene = await aScene(database)
      const rollback = await propose(scene, { severity })
      await rollback.approve()
      scene.platform.stalled = true
      const working = rollback.advance()
      await expect.poll(async () => (await rollback.state()).phase).toBe('settling')

      const answer = await rollback.flows.collapse({
        ...rollback.click(people.onCall),
        reason: why,
      })
      await working

      expect(answer.kind).toBe('decided')
      expect((await rollback.state()).phase).toBe('verifying')
      expect(scene.platform.made).toEqual(['.0 → v2.2.1', '.0.collapse → v2.2.1'])
    },
  )

  test('past its budget it says so once and goes on', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.stalled = true
    const working = rollback.advance()
    await expect.poll(async () => (await rollback.state()).phase).toBe('settling')

    await database.moveClock(minutes(4))
    await expect.poll(rollback.kinds).toContain('budget_spent')
    scene.platform.stalled = false
    await working

    expect((await rollback.kinds()).filter((kind) => kind === 'budget_spent')).toHaveLength(1)
    expect((await rollback.state()).phase).toBe('verifying')
  })

  test('a look that fails is heard of, and the next worker carries on', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.stalled = true
    const heard = rollback.advance().then(
      () => 'nothing',
      (error: unknown) => String(error),
    )
    await expect.poll(async () => (await rollback.state()).phase).toBe('settling')

    scene.platform.silentFor = 1
    expect(await heard).toBe('Error: connection refused')
    scene.platform.stalled = false
    await rollback.advance()

    expect((await rollback.state()).phase).toBe('verifying')
    expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
  })
})

describe('afterwards', () => {
  test('what was seen while something else was written is looked at again, and on the record at once', async () => {
    let others = 0
    const scene = await aScene(database, {}, (inner) => ({
      ...inner,
      async append(incident, seq, change) {
        const [event] = change.events
        if (others === 0 && event?.kind === 'checked') {
          others += 1
          const { rollback } = event
          await inner.append(incident, seq, aChange({ events: [{ kind: 'hold_begun', rollback }] }))
        }
        return inner.append(incident, seq, change)
      },
    }))
    const rollback = await propose(scene)
    await rollback.approve()

    await rollback.advance()

    expect(others).toBe(1)
    expect((await rollback.kinds()).slice(-2)).toEqual(['hold_begun', 'checked'])
  })

  test('a watch that sees nothing at its end is not stable; it goes on until it sees', async () => {
    const scene = await aScene(database)
    const rollback = await recovered(database, scene)
    scene.platform.metricsDown = true
    await database.moveClock(minutes(31))
    await rollback.advance()
    await rollback.advance()
    expect((await rollback.state()).phase).toBe('watching')

    scene.platform.metricsDown = false
    await rollback.advance()

    expect((await rollback.state()).phase).toBe('stable')
  })

  test('recovery without measurements is unverified, never good', async () => {
    const scene = await aScene(database)
    scene.platform.metricsDown = true
    const rollback = await recovered(database, scene)
    await database.moveClock(minutes(5))
    await rollback.advance()

    expect((await rollback.state()).phase).toBe('unverified')
  })

  test('what is still broken after five minutes is not recovered', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene, { to: 'v2.4.0' })
    await rollback.approve()
    await rollback.advance()
    await database.moveClock(minutes(5))
    await rollback.advance()

    expect((await rollback.state()).phase).toBe('not_recovered')
  })

  test('an undo is carried out although the incident was closed as stable', async () => {
    const scene = await aScene(database)
    const rollback = await recovered(database, scene)
    await database.moveClock(minutes(30))
    await rollback.advance()
    expect(incidentState(await scene.world.timeline.read(rollback.incident))?.closed).toBeDefined()

    await rollback.flows.undo({ ...rollback.click(people.vp), reason: why })
    await rollback.advance()

    expect((await rollback.state()).phase).toBe('undone')
    expect(scene.platform.running).toBe('v2.3.0')
  })

  test('an undo is refused in words while another rollback holds the workload', async () => {
    const scene = await aScene(database)
    const first = await recovered(database, scene)
    const second = await propose(scene, { to: 'v2.1.0' })

    const answer = await first.flows.undo({ ...first.click(people.vp), reason: why })

    expect(answer).toMatchObject({ kind: 'already_under_way', rollback: second.rollback })
    expect((await first.state()).phase).toBe('watching')
  })

  test('evidence is captured once, however many workers try', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    const capture = () =>
      rollback.flows.captureEvidence(rollback.incident, new AbortController().signal)

    await Promise.all([capture(), capture(), capture()])
    await capture()

    expect((await rollback.kinds()).filter((kind) => kind === 'evidence_captured')).toHaveLength(1)
    expect(await scene.world.evidence.read(rollback.incident)).toMatchObject([
      { name: 'v2.3.0.log', text: 'NullPointerException' },
    ])
  })

  test('evidence of what was to go back is captured although the approval is void by then', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.platform.running = 'v2.4.0'
    scene.platform.generation += 1
    await rollback.advance()

    await rollback.flows.captureEvidence(rollback.incident, new AbortController().signal)

    expect((await rollback.state()).approved).toBe(undefined)
    expect(await scene.world.evidence.read(rollback.incident)).toMatchObject([
      { name: 'v2.3.0.log', text: 'NullPointerException' },
    ])
  })
})

describe('asking', () => {
  test('T094 two people at the same moment get one rollback, and the second is told of it', async () => {
    const scene = await aScene(database)

    const results = await Promise.allSettled([propose(scene), propose(scene), propose(scene)])

    const [won] = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    const lost = results.flatMap((result) => (result.status === 'rejected' ? result.reason : []))
    expect(lost.map(String)).toEqual([
      'Error: Not requested but already_under_way',
      'Error: Not requested but already_under_way',
    ])
    expect((await won?.kinds())?.filter((kind) => kind === 'rollback_requested')).toHaveLength(1)
  })

  test('the same delivery again is the same request, even after that has ended', async () => {
    const scene = await aScene(database)
    const delivery = aDelivery()
    const first = await propose(scene, {}, delivery)
    const again = await propose(scene, {}, delivery)
    await first.flows.reject({ ...first.click(people.onCall), reason: 'not needed' })

    const late = await propose(scene, {}, delivery)

    expect([again.rollback, late.rollback]).toEqual([first.rollback, first.rollback])
    expect((await first.kinds()).filter((kind) => kind === 'rollback_requested')).toHaveLength(1)
  })

  test('T055 an incident that closed quietly hands its start to the next', async () => {
    const scene = await aScene(database)
    const first = await propose(scene)
    await first.flows.reject({ ...first.click(people.onCall), reason: 'not needed' })
    await database.moveClock(hours(2))
    await first.advance()

    const second = await propose(scene)

    expect(second.incident).not.toBe(first.incident)
    expect(refusal(await second.approve(people.manager))).toBe('not_now')
    expect(refusal(await second.approve(people.vp))).toBe('decided')
  })

  test('T053 a start in the future is refused, an outsider may not ask', async () => {
    const scene = await aScene(database)
    const now = await scene.world.timeline.now()

    await expect(propose(scene, { since: (now + minutes(1)) as typeof now })).rejects.toThrow(
      'start_in_future',
    )
    await expect(propose(scene, { by: people.outsider })).rejects.toThrow('may_not_request')
  })
})
