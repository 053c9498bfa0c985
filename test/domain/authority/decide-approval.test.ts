import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ApprovalClick,
  type ApprovalDecision,
  decideApproval,
} from '#domain/authority/decide-approval.ts'
import { rankOf, type Role, roleNames, roles } from '#domain/authority/role.ts'
import { personId, planDigest } from '#domain/ids.ts'
import { type Phase, phases } from '#domain/rollback/phase.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { instant, micros, minutes, plus, seconds } from '#domain/time.ts'
import {
  aClick,
  aMember,
  holding,
  moments,
  short,
  someFacts,
  table,
  waitingAt,
} from '../../support/authority.ts'
import { aPlan, aRollback, people, start, theDigest } from '../../support/builders.ts'

const soft = aPlan({ warnings: [{ kind: 'gitops_owner', tool: 'Argo CD', name: 'checkout' }] })
const reason = 'customers cannot pay'
const vpApproval = {
  by: people.vp,
  identity: 'vp@shop.example',
  as: 'vp-engineering',
  needed: 'vp-engineering',
  at: plus(start, minutes(60)),
  elapsedMicros: minutes(60),
  digest: theDigest,
  breakGlass: null,
  acknowledged: null,
} as const

interface Mode {
  readonly name: string
  readonly click: Partial<ApprovalClick>
  readonly rollback: Partial<RollbackState>
  readonly bySelf: boolean
}
const normal: Mode = { name: 'An ordinary rollback', click: {}, rollback: {}, bySelf: false }
const modes: readonly Mode[] = [
  normal,
  { ...normal, name: 'The clicker asked for it', bySelf: true },
  {
    ...normal,
    name: 'The clicker asked for it, and two persons are needed',
    rollback: { twoPerson: true },
    bySelf: true,
  },
  {
    ...normal,
    name: `Breaking the glass: "${reason}"`,
    click: { breakGlass: reason },
  },
  {
    ...normal,
    name: 'Over a soft blocker, acknowledged: "our GitOps is paused"',
    click: { acknowledged: 'our GitOps is paused' },
    rollback: { plan: soft },
  },
  {
    ...normal,
    name: 'After its budget ran out, the on-call engineer having approved',
    rollback: { floor: 'team-lead' },
  },
  {
    ...normal,
    name: 'After its budget ran out, a VP having approved already',
    rollback: { floor: 'executive', approvals: [vpApproval] },
  },
]

const held: readonly (Role | undefined)[] = [undefined, ...roles]

function cell(decision: ApprovalDecision): string {
  if (decision.kind === 'refused') return short(decision.because)
  const told = decision.notify.map((role) => roleNames[role]).join(', ')
  const how = decision.breakGlass === null ? 'yes' : 'GLASS'
  const rest = decision.stillNeeds ? `, and one more ${roleNames[decision.stillNeeds]}` : ''
  return `${how}${rest} (tells ${told || 'nobody'})`
}

test('T047 who may approve at every boundary reads as policy §5 says', async () => {
  const printed = modes.map(({ name, click, rollback, bySelf }) => {
    const rows = moments.map(([label, since]) => {
      const now = plus(start, since)
      return [
        label,
        ...held.map((role) => {
          const clicker = holding(role)
          const by = bySelf ? { requestedBy: clicker.person } : {}
          const facts = someFacts({ now, clicker })
          return cell(decideApproval(waitingAt(now, { ...rollback, ...by }), aClick(click), facts))
        }),
      ]
    })
    const head = ['since the start', ...held.map((role) => (role ? roleNames[role] : 'no role'))]
    return `## ${name}\n\n${table([head, ...rows])}\n`
  })

  await expect(
    `# Who may approve, by the time since the incident began\n\n${printed.join('\n')}`,
  ).toMatchFileSnapshot('../../golden/authority.txt')
})

const decide = (
  rollback: Partial<RollbackState> = {},
  click: Partial<ApprovalClick> = {},
  facts: Parameters<typeof someFacts>[0] = {},
) => decideApproval(aRollback(rollback), aClick(click), someFacts(facts))
const because = (decision: ApprovalDecision) =>
  decision.kind === 'refused' ? decision.because.kind : decision.kind

describe('the incident start', () => {
  const at20 = plus(start, minutes(20))

  test('a later start of the same incident lowers nothing, because the earliest one counts', () => {
    const decision = decide({}, {}, { now: at20, authorityStart: start })

    expect(decision).toMatchObject({ because: { kind: 'not_now', needs: 'team-lead' } })
  })

  test('an earlier start raises what is needed', () => {
    const earlier = plus(start, minutes(-50))

    const decision = decide({}, {}, { now: at20, authorityStart: earlier })

    expect(decision).toMatchObject({ because: { kind: 'not_now', needs: 'vp-engineering' } })
  })
})

describe('a refused person', () => {
  test('is told the level, what they hold, since when it is so and whom to ask', () => {
    const now = plus(start, minutes(15))

    const decision = decide({}, {}, { now, reachable: [people.teamLead] })

    expect(decision).toEqual({
      kind: 'refused',
      because: {
        kind: 'not_now',
        needs: 'team-lead',
        holds: 'on-call-engineer',
        since: now,
        reachable: [people.teamLead],
      },
    })
  })

  test.each(['guest', 'external', 'deactivated', 'bot', 'unknown'] as const)(
    'who is no full member (%s) may not approve, whatever they break',
    (why) => {
      const clicker = { kind: 'outsider', person: people.outsider, why } as const

      const decision = decide({}, { breakGlass: reason }, { clicker })

      expect(decision).toEqual({ kind: 'refused', because: { kind: 'not_a_member', why } })
    },
  )
})

describe('a role source that is down', () => {
  const unknown = [{ role: 'on-call-engineer', source: 'the Slack user group' }] as const

  test('T030 lets nobody in on a guess and names the next level as the way out', () => {
    const decision = decide({}, {}, { clicker: aMember({ unknown }) })

    expect(decision).toEqual({
      kind: 'refused',
      because: {
        kind: 'role_source_down',
        role: 'on-call-engineer',
        source: 'the Slack user group',
        wayOut: 'team-lead',
      },
    })
  })

  test('leaves broken glass as the way out to those who surely hold a role, the top to others', () => {
    const higher = roles.slice(1).map((role) => ({ role, source: 'Slack' }))
    const wayOut = (clicker: ReturnType<typeof aMember>) =>
      decide({}, {}, { now: plus(start, minutes(20)), clicker })

    expect(wayOut(aMember({ roles: ['on-call-engineer'], unknown: higher }))).toMatchObject({
      because: { kind: 'role_source_down', wayOut: 'break-glass' },
    })
    expect(wayOut(aMember({ unknown: higher }))).toMatchObject({
      because: { kind: 'role_source_down', wayOut: 'executive' },
    })
  })

  test('is named as well to somebody who tries to break the glass and may hold a role', () => {
    const decision = decide({}, { breakGlass: reason }, { clicker: aMember({ unknown }) })

    expect(because(decision)).toBe('role_source_down')
  })

  test('does not matter to somebody whose known role is enough', () => {
    const clicker = aMember({ roles: ['team-lead'], unknown })

    expect(because(decide({}, {}, { clicker }))).toBe('approved')
  })
})

describe('broken glass', () => {
  const late = { now: plus(start, minutes(40)) }

  test('lets a role of the service act above its window and tells the next two levels', () => {
    const decision = decide({}, { breakGlass: reason }, late)

    expect(decision).toMatchObject({
      kind: 'approved',
      as: 'on-call-engineer',
      needed: 'engineering-manager',
      breakGlass: reason,
      complete: true,
      notify: ['team-lead', 'engineering-manager'],
    })
  })

  test.each(['', '          ', 'too short'])(
    'needs a reason that says something, not "%s"',
    (text) => {
      expect(because(decide({}, { breakGlass: text }, late))).toBe('reason_needed')
    },
  )

  test('is for the roles of the service only', () => {
    const clicker = holding(undefined)

    expect(because(decide({}, { breakGlass: reason }, { ...late, clicker }))).toBe(
      'not_for_break_glass',
    )
  })

  test('is not broken by somebody whose authority is enough', () => {
    expect(decide({}, { breakGlass: reason })).toMatchObject({ kind: 'approved', breakGlass: null })
  })
})

describe('two persons', () => {
  const requester = aMember({
    person: people.onCall,
    identity: 'on-call@shop.example',
    roles: ['on-call-engineer'],
  })

  test('T023 cannot be one person with two accounts', () => {
    const clicker = aMember({
      person: personId('T0SHOP000:U0SECOND1'),
      identity: 'on-call@shop.example',
      roles: ['on-call-engineer'],
    })

    expect(because(decide({ twoPerson: true }, {}, { clicker }))).toBe('second_person_needed')
  })

  test('the requester is told to find another, whatever their level and however they try', () => {
    const ask = { twoPerson: true } as const
    const refusal = { kind: 'second_person_needed', needs: 'team-lead' }
    const late = { now: plus(start, minutes(16)), clicker: requester, reachable: [people.teamLead] }

    expect(decide(ask, {}, late)).toMatchObject({ because: refusal })
    expect(decide(ask, { breakGlass: reason }, late)).toMatchObject({ because: refusal })
  })

  test('whoever is the only one of their level is sent to the next', () => {
    const reachable = [people.onCall]

    expect(decide({ twoPerson: true }, {}, { clicker: requester, reachable })).toMatchObject({
      because: { needs: 'team-lead', reachable: [] },
    })
  })

  test('T035 above the VP are two VPs or a VP and an executive, each counted once', () => {
    const now = plus(start, minutes(61))
    const facts = (identity: string, role: Role, person = people.secondVp) => ({
      now,
      clicker: aMember({ person, identity, roles: [role] }),
    })
    const half = { floor: 'executive', requestedAt: now, approvals: [vpApproval] } as const

    expect(
      decide(
        { floor: 'executive', requestedAt: now },
        {},
        facts('vp@shop.example', 'vp-engineering'),
      ),
    ).toMatchObject({ kind: 'approved', complete: false, stillNeeds: 'vp-engineering' })
    expect(because(decide(half, {}, facts('vp@shop.example', 'vp-engineering')))).toBe(
      'already_counted',
    )
    expect(because(decide(half, {}, facts('new-mail@shop.example', 'executive', people.vp)))).toBe(
      'already_counted',
    )
    expect(decide(half, {}, facts('ceo@shop.example', 'executive'))).toMatchObject({
      kind: 'approved',
      complete: true,
    })
  })
})

describe('soft blockers', () => {
  test('need a typed acknowledgement, which is kept', () => {
    const clicker = holding('team-lead')

    expect(decide({ plan: soft }, {}, { clicker })).toMatchObject({
      because: { kind: 'acknowledgement_needed', warnings: ['gitops_owner'] },
    })
    expect(
      decide({ plan: soft }, { acknowledged: 'Argo CD is paused' }, { clicker }),
    ).toMatchObject({ kind: 'approved', acknowledged: 'Argo CD is paused' })
  })
})

describe('a card that is out of date', () => {
  test('with another plan is refused', () => {
    expect(because(decide({}, { digest: planDigest('sha256:older') }))).toBe('plan_changed')
  })

  test('expires two hours after the request, to the microsecond', () => {
    const clicker = holding('executive')
    const end = plus(aRollback().requestedAt, minutes(120))

    expect(because(decide({}, {}, { clicker, now: instant(end - 1) }))).toBe('approved')
    expect(because(decide({}, {}, { clicker, now: end }))).toBe('expired')
  })

  test.each(phases.filter((phase) => phase !== 'awaiting_approval'))(
    'cannot approve a rollback that is %s',
    (phase: Phase) => {
      const decision = decide({ phase }, { breakGlass: reason }, { clicker: holding('executive') })

      expect(['already_decided', 'expired', 'plan_changed']).toContain(because(decision))
    },
  )
})

describe('for every minute, role and state', () => {
  const elapsed = fc.oneof(
    fc.integer({ min: 0, max: minutes(200) }),
    fc.constantFrom(...moments.map(([, since]) => Number(since))),
  )
  const someRole = fc.constantFrom(...held)
  const someState = fc.record({
    phase: fc.constantFrom(...phases),
    floor: fc.constantFrom(...held),
    twoPerson: fc.boolean(),
    plan: fc.constantFrom(soft, aPlan()),
    approvals: fc.constantFrom([], [vpApproval]),
  })
  const someClick = fc.record({
    digest: fc.constantFrom(theDigest, planDigest('sha256:other')),
    acknowledged: fc.constantFrom(undefined, '', 'I know what I do'),
    breakGlass: fc.constantFrom(undefined, '', reason),
  })

  test('a higher role is never refused where a lower one is approved', () => {
    fc.assert(
      fc.property(elapsed, someRole, someRole, someState, someClick, (t, a, b, state, click) => {
        const now = plus(start, micros(t))
        const rank = (role: Role | undefined) => (role ? rankOf(role) : -1)
        const [low, high] = rank(a) <= rank(b) ? [a, b] : [b, a]
        const rollback = waitingAt(now, state)
        const lower = decideApproval(rollback, click, someFacts({ now, clicker: holding(low) }))
        const higher = decideApproval(rollback, click, someFacts({ now, clicker: holding(high) }))

        expect([lower.kind, higher.kind]).not.toEqual(['approved', 'refused'])
      }),
      { numRuns: 2_000 },
    )
  })

  test('nothing but what awaits approval, with the digest that was shown, is ever approved', () => {
    fc.assert(
      fc.property(elapsed, someRole, someState, someClick, (t, role, state, click) => {
        const now = plus(start, micros(t))
        const decision = decideApproval(
          waitingAt(now, state),
          click,
          someFacts({ now, clicker: holding(role) }),
        )

        const mayBe = state.phase === 'awaiting_approval' && click.digest === theDigest
        expect(decision.kind === 'approved' && !mayBe).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('the decision depends on its inputs alone, and on the distance from the start alone', () => {
    fc.assert(
      fc.property(
        elapsed,
        fc.integer({ min: -1e15, max: 1e15 }),
        someRole,
        someClick,
        (t, shift, role, click) => {
          const now = plus(start, micros(t))
          const moved = (by: number) =>
            decideApproval(
              waitingAt(plus(now, micros(by))),
              click,
              someFacts({
                now: plus(now, micros(by)),
                authorityStart: plus(start, micros(by)),
                clicker: holding(role),
              }),
            )

          const here = moved(0)
          expect(moved(0)).toEqual(here)
          expect(cell(moved(shift))).toBe(cell(here))
        },
      ),
    )
  })

  test('an approval never comes without a role, a need and somebody who is told', () => {
    fc.assert(
      fc.property(elapsed, someRole, someClick, (t, role, click) => {
        const now = plus(start, micros(t))
        const decision = decideApproval(
          waitingAt(now),
          click,
          someFacts({ now, clicker: holding(role) }),
        )

        const told = decision.kind === 'approved' ? decision.notify.length : 1
        expect(decision.kind === 'approved' && role === undefined).toBe(false)
        expect(role === 'executive' || told > 0).toBe(true)
      }),
    )
  })
})

test('approvals are counted from the clicks, not from time spent waiting for the lock', () => {
  const decision = decide({}, {}, { now: plus(start, seconds(899)) })

  expect(decision).toMatchObject({ kind: 'approved', elapsedMicros: seconds(899) })
})
