import { describe, expect, test } from 'vitest'
import { decideApproval, whyNoGlass } from '#domain/authority/decide-approval.ts'
import { above, highest } from '#domain/authority/role.ts'
import { sourceDown } from '#domain/authority/source-down.ts'
import { cannotBeTheOther, heldTo } from '#domain/authority/two-people.ts'
import { planDigest } from '#domain/ids.ts'
import { minutes, plus } from '#domain/time.ts'
import { aClick, aMember, holding, someFacts } from '../../support/authority.ts'
import { aPlan, aRollback, aService, at, people, start, theDigest } from '../../support/builders.ts'

const then = at('14:29:00')
const approval = {
  by: people.vp,
  identity: 'vp@shop.example',
  as: 'vp-engineering',
  needed: 'vp-engineering',
  at: then,
  elapsedMicros: minutes(6),
  digest: theDigest,
  breakGlass: null,
  acknowledged: null,
} as const
const soft = aPlan({ warnings: [{ kind: 'gitops_owner', tool: 'Argo CD', name: 'checkout' }] })

const because = (
  rollback: Parameters<typeof aRollback>[0],
  facts: Parameters<typeof someFacts>[0] = {},
  click: Parameters<typeof aClick>[0] = {},
) => {
  const decision = decideApproval(aRollback(rollback), aClick(click), someFacts(facts))
  return decision.kind === 'refused' ? decision.because : decision
}

describe('whoever comes too late is told', () => {
  test.each(['rejected', 'cancelled'] as const)('who has %s it, and when', (phase) => {
    const ended = { by: people.manager, why: 'no', at: then }

    expect(because({ phase, ended })).toEqual({
      kind: 'already_decided',
      as: phase,
      by: people.manager,
      at: then,
    })
    expect(because({ phase, ended: undefined, since: start })).toEqual({
      kind: 'already_decided',
      as: phase,
      by: null,
      at: start,
    })
  })

  test('when it expired', () => {
    const ended = { by: undefined, why: undefined, at: then }

    expect(because({ phase: 'expired', ended })).toEqual({
      kind: 'expired',
      at: then,
      what: 'request',
    })
    expect(because({ phase: 'expired', since: start })).toEqual({
      kind: 'expired',
      at: start,
      what: 'request',
    })
  })

  test('who approved, and when', () => {
    const approved = { by: people.vp, as: 'vp-engineering', at: then } as const

    expect(because({ phase: 'applying', approved })).toEqual({
      kind: 'already_decided',
      as: 'approved',
      by: people.vp,
      at: then,
    })
    expect(because({ phase: 'applying', approved: undefined, since: start })).toEqual({
      kind: 'already_decided',
      as: 'approved',
      by: null,
      at: start,
    })
  })

  test('that the request had ended, although nobody has written it down yet', () => {
    const now = plus(aRollback().requestedAt, minutes(120))

    expect(because({}, { now })).toEqual({ kind: 'expired', at: now, what: 'request' })
  })

  test('why there is another plan', () => {
    const older = { digest: planDigest('sha256:older') }

    expect(because({ voided: 'it was changed' }, {}, older)).toMatchObject({
      why: 'it was changed',
    })
    expect(because({}, {}, older)).toMatchObject({ why: 'a newer plan has replaced it' })
    expect(because({ phase: 'awaiting_plan' })).toEqual({
      kind: 'plan_changed',
      why: 'a new plan is being made',
    })
    expect(because({ phase: 'awaiting_plan', voided: 'it was changed' })).toMatchObject({
      why: 'it was changed',
    })
  })
})

describe('whoever is one of two already is told whom to ask', () => {
  const one = aMember({ person: people.vp, identity: 'vp@shop.example', roles: ['vp-engineering'] })
  const reachableOf = (reachable: readonly (typeof people)[keyof typeof people][]) =>
    because({ approvals: [approval], floor: 'executive' }, { clicker: one, reachable })

  test('the others of the level, and not themselves', () => {
    expect(reachableOf([people.vp, people.secondVp])).toEqual({
      kind: 'already_counted',
      at: then,
      needs: 'vp-engineering',
      reachable: [people.secondVp],
    })
    expect(reachableOf([people.secondVp])).toMatchObject({ needs: 'vp-engineering' })
  })

  test('the next level, where they are the only one of theirs', () => {
    expect(reachableOf([people.vp])).toMatchObject({ needs: 'executive', reachable: [] })
  })

  test('and somebody else is not taken for them', () => {
    const other = aMember({ person: people.secondVp, identity: 'b', roles: ['vp-engineering'] })

    expect(
      because({ approvals: [approval], floor: 'executive' }, { clicker: other }),
    ).toMatchObject({ kind: 'approved', complete: true, stillNeeds: undefined })
  })
})

describe('of two people the requester is one', () => {
  const requester = aMember({ person: people.onCall, identity: 'on-call@shop.example' })
  const asked = { twoPerson: true, requestedBy: people.onCall }

  test('by account, and by the human behind another account', () => {
    const same = { ...holding('team-lead'), person: people.onCall, identity: 'another' }
    const second = { ...holding('team-lead'), identity: 'on-call@shop.example' }

    expect(because(asked, { clicker: same, requester })).toMatchObject({
      kind: 'second_person_needed',
      needs: 'on-call-engineer',
    })
    expect(because(asked, { clicker: second, requester })).toMatchObject({
      kind: 'second_person_needed',
    })
  })

  test('and everybody else is another, also where nobody knows any more who asked', () => {
    const clicker = holding('team-lead')
    const gone = { kind: 'outsider', person: people.onCall, why: 'deactivated' } as const

    expect(because(asked, { clicker, requester })).toMatchObject({ kind: 'approved' })
    expect(because(asked, { clicker, requester: gone })).toMatchObject({ kind: 'approved' })
  })

  test('as the service says today, or said when it was asked for', () => {
    const service = (twoPerson: boolean) => aService({ twoPerson })
    const rollback = (twoPerson: boolean) => aRollback({ twoPerson })

    expect(heldTo(rollback(false), service(true))).toEqual(rollback(true))
    expect(heldTo(rollback(true), service(false))).toEqual(rollback(true))
    expect(heldTo(rollback(false), service(false))).toEqual(rollback(false))
    expect(heldTo(rollback(true), service(true))).toEqual(rollback(true))
  })

  test('so neither they nor whoever has approved need to be asked', () => {
    const waiting = { approvals: [approval], requestedBy: people.onCall }

    expect(cannotBeTheOther(aRollback({ ...waiting, twoPerson: true }))).toEqual([
      people.onCall,
      people.vp,
    ])
    expect(cannotBeTheOther(aRollback({ ...waiting, twoPerson: false }))).toEqual([people.vp])
    expect(cannotBeTheOther(aRollback({ ...waiting, twoPerson: true, phase: 'applying' }))).toEqual(
      [],
    )
  })
})

describe('before somebody types why they break the glass, they are told', () => {
  const why = (rollback: Parameters<typeof aRollback>[0], clicker = aMember()) =>
    whyNoGlass(aRollback(rollback), someFacts({ clicker }))

  test('that guests may not', () => {
    const clicker = { kind: 'outsider', person: people.outsider, why: 'guest' } as const

    expect(whyNoGlass(aRollback(), someFacts({ clicker }))).toEqual({
      kind: 'not_a_member',
      why: 'guest',
    })
  })

  test('that it is decided, that they are counted, that they hold nothing', () => {
    expect(why({ phase: 'rejected' }, holding('team-lead'))?.kind).toBe('already_decided')
    expect(
      why({ approvals: [{ ...approval, identity: 'clicker@shop.example' }] }, holding('team-lead'))
        ?.kind,
    ).toBe('already_counted')
    expect(why({})?.kind).toBe('not_for_break_glass')
    expect(why({}, aMember({ unknown: [{ role: 'team-lead', source: 'Slack' }] }))).toMatchObject({
      kind: 'role_source_down',
      source: 'Slack',
    })
  })

  test('and nothing where they may try', () => {
    expect(why({}, holding('on-call-engineer'))).toBeUndefined()
  })
})

describe('what is typed', () => {
  const ten = '0123456789'

  test.each([
    [ten, 'approved'],
    [ten.slice(1), 'reason_needed'],
    [` ${ten.slice(1)} `, 'reason_needed'],
  ])('%j for breaking the glass is %s', (breakGlass, kind) => {
    const now = plus(start, minutes(20))

    expect(because({}, { now }, { breakGlass })).toMatchObject({ kind })
  })

  test('is kept as an acknowledgement only where there is something to acknowledge', () => {
    const clicker = holding('team-lead')

    expect(because({ plan: soft }, { clicker }, { acknowledged: ten })).toMatchObject({
      acknowledged: ten,
    })
    expect(because({}, { clicker }, { acknowledged: ten })).toMatchObject({ acknowledged: null })
    expect(because({ plan: undefined }, { clicker }, { acknowledged: ten })).toMatchObject({
      acknowledged: null,
    })
  })
})

describe('roles', () => {
  test('the highest counts, in whatever order they are told', () => {
    expect(highest(['on-call-engineer', 'vp-engineering', 'team-lead'])).toBe('vp-engineering')
    expect(highest(['vp-engineering', 'on-call-engineer'])).toBe('vp-engineering')
    expect(highest([])).toBeUndefined()
    expect(above('executive')).toBeUndefined()
  })

  test('nobody is sent to the level whose source is down, nor to the executives before the glass', () => {
    const down = (role: 'team-lead' | 'vp-engineering') => ({ role, source: 'Slack' })

    expect(sourceDown(down('team-lead'), [], null).wayOut).toBe('engineering-manager')
    expect(sourceDown(down('vp-engineering'), [], 'team-lead').wayOut).toBe('break-glass')
    expect(sourceDown(down('vp-engineering'), [], null).wayOut).toBe('executive')
  })
})

test('without the database two approve, and the first is told whose level the other needs', () => {
  const decision = because({ offline: true, reason: 'the database is gone' })

  expect(decision).toMatchObject({
    complete: false,
    stillNeeds: 'on-call-engineer',
    breakGlass: 'the database is gone',
  })
})
