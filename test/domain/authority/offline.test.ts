import { expect, test } from 'vitest'
import { type ApprovalFacts, decideApproval } from '#domain/authority/decide-approval.ts'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import { minutes, plus } from '#domain/time.ts'
import { aClick, aMember, someFacts } from '../../support/authority.ts'
import { aRollback, people, start, theDigest } from '../../support/builders.ts'

/** The window that asks for most, whatever the minute. */
const strictest = [
  { ...(defaultMatrix.at(-1) ?? defaultMatrix[0]), fromMicros: defaultMatrix[0].fromMicros },
] as const
const vp = aMember({ person: people.vp, identity: 'vp', roles: ['vp-engineering'] })
const ceo = aMember({ person: people.executive, identity: 'ceo', roles: ['executive'] })
const lead = aMember({ person: people.teamLead, identity: 'lead', roles: ['team-lead'] })

const offline = (more: Parameters<typeof aRollback>[0] = {}) =>
  aRollback({ offline: true, requestedBy: people.vp, reason: 'the database is away', ...more })
const facts = (clicker: ApprovalFacts['clicker']) =>
  someFacts({ clicker, requester: vp, matrix: strictest })
const first = {
  by: people.vp,
  identity: 'vp',
  as: 'vp-engineering',
  needed: 'vp-engineering',
  at: plus(start, minutes(1)),
  elapsedMicros: minutes(1),
  digest: theDigest,
  breakGlass: 'the database is away',
  acknowledged: null,
} as const

test('without the database the first of two people counts, and the second decides', () => {
  expect(decideApproval(offline(), aClick(), facts(vp))).toMatchObject({
    kind: 'approved',
    needed: 'vp-engineering',
    complete: false,
  })
  expect(decideApproval(offline({ approvals: [first] }), aClick(), facts(ceo))).toMatchObject({
    kind: 'approved',
    as: 'executive',
    complete: true,
  })
})

test('it always stays listed for a review, with the reason that was given', () => {
  expect(decideApproval(offline(), aClick(), facts(vp))).toMatchObject({
    breakGlass: 'the database is away',
  })
})

test('the same person does not count twice, under another account either', () => {
  const again = { ...ceo, identity: 'vp' }

  for (const clicker of [vp, again])
    expect(decideApproval(offline({ approvals: [first] }), aClick(), facts(clicker))).toMatchObject(
      { kind: 'refused', because: { kind: 'already_counted' } },
    )
})

test('a minute after the start the strictest window counts; below it glass is broken in words, by two', () => {
  const breaking = aClick({ breakGlass: 'no VP can be reached' })

  expect(decideApproval(offline(), aClick(), facts(lead))).toMatchObject({
    kind: 'refused',
    because: { kind: 'not_now', needs: 'vp-engineering', holds: 'team-lead' },
  })
  expect(decideApproval(offline(), breaking, facts(lead))).toMatchObject({
    kind: 'approved',
    complete: false,
    breakGlass: 'no VP can be reached',
  })
  expect(decideApproval(offline({ approvals: [first] }), breaking, facts(lead))).toMatchObject({
    complete: true,
  })
})

test('a service that always asks for two people has them, the requester among them', () => {
  expect(decideApproval(offline({ twoPerson: true }), aClick(), facts(vp))).toMatchObject({
    kind: 'approved',
    complete: false,
  })
})
