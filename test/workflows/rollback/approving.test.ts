import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '#domain/communication/answer.ts'
import { minutes, seconds } from '#domain/time.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const refusal = (answer: Answer) => (answer.kind === 'refused' ? answer.refusal.kind : answer.kind)

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

  test('T022 what was read for showing where the button stands decides nothing', async () => {
    const rollback = await propose(await aScene(database))
    const { digest } = await rollback.state()
    if (!digest) throw new Error('There is no plan')
    const seen = { incident: rollback.incident, history: await rollback.history() }
    await rollback.approve(people.vp)

    const late = await rollback.flows.approve({ ...rollback.click(people.onCall), digest, seen })

    expect(late).toMatchObject({ refusal: { kind: 'already_decided', by: people.vp } })
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
