import { describe, expect, test } from 'vitest'
import type { Role } from '#domain/authority/role.ts'
import { type Standing, stillHolds } from '#domain/authority/standing.ts'
import { heldTo } from '#domain/authority/two-people.ts'
import { aRollback, aService, people } from '../../support/builders.ts'

const member = (roles: readonly Role[], unknown: readonly Role[] = []): Standing => ({
  kind: 'member',
  person: people.teamLead,
  identity: 'lead@shop.example',
  roles,
  unknown: unknown.map((role) => ({ role, source: 'PagerDuty' })),
})

describe('what somebody decided as a team lead holds still', () => {
  test.each<readonly [string, boolean, Standing]>([
    ['for a team lead', true, member(['team-lead'])],
    ['for whoever has risen since', true, member(['on-call-engineer', 'vp-engineering'])],
    ['not for whoever is on call only by now', false, member(['on-call-engineer'])],
    ['not for whoever holds nothing any more', false, member([])],
    ['where the source of that role does not answer', true, member([], ['team-lead'])],
    [
      'where one that may hold more does not answer',
      true,
      member([], ['on-call-engineer', 'executive']),
    ],
    ['not where only a lower one does not answer', false, member([], ['on-call-engineer'])],
    [
      'where nobody says who that is',
      true,
      { kind: 'outsider', person: people.teamLead, why: 'unknown' },
    ],
    [
      'not for whoever is no member any more',
      false,
      { kind: 'outsider', person: people.teamLead, why: 'deactivated' },
    ],
  ])('%s', (_, holds, standing) => {
    expect(stillHolds(standing, 'team-lead')).toBe(holds)
  })
})

test.each([
  ['asked for and asked for today', true, true, true],
  ['asked for at the request', true, false, true],
  ['asked for since', false, true, true],
  ['asked for by nobody', false, false, false],
] as const)('two people are needed where they are %s', (_, then, today, needed) => {
  const rollback = aRollback({ twoPerson: then })

  expect(heldTo(rollback, aService({ twoPerson: today })).twoPerson).toBe(needed)
})
