import { expect, test } from 'vitest'
import { machineOf } from '#domain/alerts/alert.ts'
import { decideApproval } from '#domain/authority/decide-approval.ts'
import { freezeMoves } from '#domain/rollback/freeze-moves.ts'
import type { History } from '#domain/incident/events.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import { aClick, aMember, someFacts, waitingAt } from '../../support/authority.ts'
import { aHistory, aPlan, approvedBy, at, people, proposed } from '../../support/builders.ts'

const machine = machineOf('alertmanager')
const requester = aMember({ person: machine, identity: machine })

test('what a machine asks for is approved by one person, where one is enough', () => {
  const { now } = someFacts()
  const decided = decideApproval(
    waitingAt(now, { requestedBy: machine }),
    aClick(),
    someFacts({ requester }),
  )

  expect(decided).toMatchObject({ kind: 'approved', complete: true })
})

test('a machine is none of two people: two must approve, and nobody counts twice', () => {
  const { now } = someFacts()
  const asked = waitingAt(now, { requestedBy: machine, twoPerson: true })
  const first = decideApproval(asked, aClick(), someFacts({ requester }))
  const approval = {
    by: people.onCall,
    identity: 'clicker@shop.example',
    as: 'on-call-engineer',
    needed: 'on-call-engineer',
    at: now,
    elapsedMicros: 0,
    digest: aClick().digest,
    breakGlass: null,
    acknowledged: null,
  } as const
  const counted = waitingAt(now, {
    requestedBy: machine,
    twoPerson: true,
    approvals: [approval],
  })
  const again = decideApproval(counted, aClick(), someFacts({ requester }))
  const other = aMember({
    person: people.teamLead,
    identity: 'lead@shop.example',
    roles: ['team-lead'],
  })

  expect(first).toMatchObject({ kind: 'approved', complete: false, stillNeeds: 'on-call-engineer' })
  expect(again).toMatchObject({ kind: 'refused', because: { kind: 'already_counted' } })
  expect(decideApproval(counted, aClick(), someFacts({ requester, clicker: other }))).toMatchObject(
    { kind: 'approved', complete: true },
  )
})

test('a machine freezes nobody’s deploys; whoever approves does', () => {
  const plan = aPlan({ freezes: true })
  const asked = (by: typeof machine) => aHistory(...proposed(plan, { by }))
  const approved = aHistory(...proposed(plan, { by: machine }), ['14:31:00', approvedBy()])
  const moves = (history: History) =>
    freezeMoves(history, at('14:32:00'), defaultRollbackPolicy).map((move) => move.do)

  expect(moves(asked(people.onCall))).toEqual(['raise'])
  expect(moves(asked(machine))).toEqual([])
  expect(moves(approved)).toEqual(['raise'])
})
