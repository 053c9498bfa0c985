import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '#domain/communication/answer.ts'
import { incidentState } from '#domain/incident/state.ts'
import { hours, minutes, seconds } from '#domain/time.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene } from '../support/scripted-world.ts'
import { aDelivery, propose } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const why = 'it makes things worse'
const refusal = (answer: Answer) => (answer.kind === 'refused' ? answer.refusal.kind : answer.kind)

/** Approved, carried out and recovered; the watch has begun. */
async function recovered(scene: Awaited<ReturnType<typeof aScene>>) {
  const rollback = await propose(scene)
  await rollback.approve()
  await rollback.advance()
  await database.moveClock(seconds(61))
  await rollback.advance()
  return rollback
}

test('goes from approval to a watched recovery and a closed incident', async () => {
  const scene = await aScene(database)
  const rollback = await recovered(scene)
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

describe('a service that is taken out of the configuration', () => {
  const without = (scene: Awaited<ReturnType<typeof aScene>>) => ({
    ...scene,
    world: { ...scene.world, catalogue: new Map<string, never>() },
  })
  const never = new AbortController().signal

  test('while it is verified gives its workload free, and is not called good', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    await rollback.advance()
    expect((await rollback.state()).phase).toBe('verifying')

    await workflows(without(scene).world).advance(rollback.incident, never)

    expect((await rollback.history()).at(-1)?.event).toMatchObject({
      kind: 'verified',
      outcome: 'unverified',
      checks: [{ result: 'unknown', text: expect.stringContaining('no longer configured') }],
    })
    const { rows } = await database.owner.query(
      'SELECT FROM workload_claims WHERE rollback = $1 AND released_at IS NULL',
      [rollback.rollback],
    )
    expect(rows).toEqual([])
  })

  test('while it is watched is said to be watched no more', async () => {
    const scene = await aScene(database)
    const rollback = await recovered(scene)

    await workflows(without(scene).world).advance(rollback.incident, never)

    expect((await rollback.history()).at(-1)?.event).toMatchObject({
      kind: 'watch_ended',
      outcome: 'unverified',
    })
    expect((await rollback.state()).phase).toBe('unverified')
  })
})

describe('approving', () => {
  test('T022 of eight clicks at once exactly one approves, and each other is told who did', async () => {
    for (let round = 0; round < 15; round += 1) {
      const scene = await aScene(database)
      const rollback = await propose(scene)

      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => rollback.approve(n % 2 ? people.vp : people.onCall)),
      )

      const refused = answers.filter(({ kind }) => kind === 'refused')
      const winner = (await rollback.state()).approved?.by
      expect([answers.length - refused.length, refused.length]).toEqual([1, 7])
      for (const answer of refused)
        expect(answer).toMatchObject({ refusal: { kind: 'already_decided', by: winner } })
      const kinds = await rollback.kinds()
      expect(kinds.filter((kind) => kind === 'approval_given')).toHaveLength(1)
      expect(kinds.filter((kind) => kind === 'decision_refused')).toHaveLength(7)
    }
  })

  test('the same click delivered twice is one click with one answer', async () => {
    const rollback = await propose(await aScene(database))
    const { digest } = await rollback.state()
    if (!digest) throw new Error('There is no plan')
    const click = { ...rollback.click(people.onCall), digest }

    const first = await rollback.flows.approve(click)
    const second = await rollback.flows.approve(click)

    expect(second).toEqual(first)
    expect(first.kind).toBe('decided')
    expect((await rollback.kinds()).filter((kind) => kind === 'approval_given')).toHaveLength(1)
  })

  test('T025 the requester cannot be both persons where two are needed', async () => {
    const scene = await aScene(database, { twoPerson: true })
    const rollback = await propose(scene)

    expect(refusal(await rollback.approve(people.onCall))).toBe('second_person_needed')
    expect(refusal(await rollback.approve(people.teamLead))).toBe('decided')
  })

  test('whoever could break no glass learns it before they type, and it is on the record', async () => {
    const rollback = await propose(await aScene(database, { twoPerson: true }))
    const { digest } = await rollback.state()
    if (!digest) throw new Error('There is no plan')
    const { beforeTyping } = rollback.flows
    const asked = { ...rollback.click(people.onCall), digest }

    expect(await beforeTyping(asked, 'break-glass')).toMatchObject({
      kind: 'refused',
      decided: 'approve',
      refusal: { kind: 'second_person_needed', needs: 'team-lead' },
    })
    expect(await beforeTyping(asked, 'break-glass')).toMatchObject({ kind: 'refused' })
    const lead = { ...rollback.click(people.teamLead), digest }
    expect(await beforeTyping(lead, 'break-glass')).toBeUndefined()
    expect((await rollback.kinds()).filter((kind) => kind === 'decision_refused')).toHaveLength(1)
  })

  test('whoever is below the level learns it before they accept anything in writing', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    const { digest } = await rollback.state()
    if (!digest) throw new Error('There is no plan')
    await database.moveClock(minutes(16))
    const { beforeTyping } = rollback.flows
    const below = { ...rollback.click(people.onCall), digest }
    const lead = { ...rollback.click(people.teamLead), digest }

    expect(await beforeTyping(below, 'acknowledgement')).toMatchObject({
      refusal: { kind: 'not_now', needs: 'team-lead' },
    })
    expect(await beforeTyping(lead, 'acknowledgement')).toBeUndefined()
    expect(await rollback.kinds()).not.toContain('approval_given')
  })

  test('T027 is void when the approver lost the role before the start', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    scene.directory.roles.delete(people.onCall)
    await database.moveClock(seconds(11))

    await rollback.advance()

    expect(await rollback.kinds()).toContain('approval_voided')
    expect((await rollback.state()).phase).toBe('awaiting_approval')
    expect(scene.platform.made).toEqual([])
  })

  test('T034 expires after five minutes in which nothing began, and can be given again', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    await database.moveClock(minutes(5))

    await rollback.advance()

    expect(await rollback.state()).toMatchObject({ phase: 'awaiting_approval', approvals: [] })
    expect(scene.platform.made).toEqual([])
    expect(refusal(await rollback.approve())).toBe('decided')
  })
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
  test('a watch that sees nothing at its end is not stable; it goes on until it sees', async () => {
    const scene = await aScene(database)
    const rollback = await recovered(scene)
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
    const rollback = await recovered(scene)
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
    const rollback = await recovered(scene)
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
    const first = await recovered(scene)
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
