import { expect, test } from 'vitest'
import { type ApprovalClick, decideApproval } from '#domain/authority/decide-approval.ts'
import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Approval } from '#domain/rollback/approval.ts'
import { minutes, plus } from '#domain/time.ts'
import { aClick, aMember, someFacts } from '../../support/authority.ts'
import { aPlan, aRollback, people, start, theDigest } from '../../support/builders.ts'

const text = 'writes that were not copied out of the region yet may be lost for good'
const plan = aPlan({ warnings: [{ kind: 'possible_loss', text }] })
const words = { acknowledged: 'the region is gone, and we accept it' }

test('two people approve what may lose something for good, one level up, each counted once', () => {
  const first = approvalOf(people.teamLead, 'lead@shop.example', 'team-lead')

  expect(decided('on-call-engineer', people.onCall, words)).toMatchObject({
    because: { kind: 'not_now', needs: 'team-lead' },
  })
  expect(decided('team-lead', people.teamLead, {})).toMatchObject({
    because: { kind: 'acknowledgement_needed', warnings: ['possible_loss'] },
  })
  expect(decided('team-lead', people.teamLead, words)).toMatchObject({
    kind: 'approved',
    complete: false,
    stillNeeds: 'team-lead',
  })
  expect(decided('team-lead', people.teamLead, words, [first])).toMatchObject({
    because: { kind: 'already_counted' },
  })
  expect(decided('vp-engineering', people.vp, words, [first])).toMatchObject({
    kind: 'approved',
    complete: true,
    acknowledged: words.acknowledged,
  })
})

test('broken glass is one of the two, and no more', () => {
  const broken = { ...words, breakGlass: 'nobody else answers the phone' }

  expect(decided('on-call-engineer', people.onCall, broken)).toMatchObject({
    kind: 'approved',
    complete: false,
    breakGlass: broken.breakGlass,
  })
})

function decided(
  role: Role,
  person: PersonId,
  click: Partial<ApprovalClick>,
  approvals: readonly Approval[] = [],
) {
  const identity = role === 'team-lead' ? 'lead@shop.example' : `${role}@shop.example`
  return decideApproval(
    aRollback({ plan, approvals }),
    aClick(click),
    someFacts({ clicker: aMember({ person, identity, roles: [role] }) }),
  )
}

const approvalOf = (by: PersonId, identity: string, as: Role): Approval => ({
  by,
  identity,
  as,
  needed: as,
  at: plus(start, minutes(1)),
  elapsedMicros: minutes(1),
  digest: theDigest,
  breakGlass: null,
  acknowledged: words.acknowledged,
})
