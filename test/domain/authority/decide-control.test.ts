import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Control,
  type ControlFacts,
  controlRules,
  decideControl,
} from '#domain/authority/decide-control.ts'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import { rankOf, roleNames, roles } from '#domain/authority/role.ts'
import { personId } from '#domain/ids.ts'
import { leftBehind } from '#domain/leftover.ts'
import { noFreeze } from '#domain/rollback/freeze.ts'
import { phases } from '#domain/rollback/phase.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { micros, minutes, plus } from '#domain/time.ts'
import { aMember, holding, short, table } from '../../support/authority.ts'
import {
  aHold,
  aPlan,
  aRollback,
  aStep,
  aSync,
  people,
  start,
  theDigest,
} from '../../support/builders.ts'

const controls = Object.keys(controlRules) as readonly Control[]
const reason = 'it makes things worse'
const someFacts = (more: Partial<ControlFacts> = {}): ControlFacts => ({
  now: plus(start, minutes(3)),
  authorityStart: start,
  matrix: defaultMatrix,
  clicker: holding('on-call-engineer'),
  reason,
  ...more,
})

/** With something of everything to decide on: a faster way, another way, a spent budget, a hold, what was left behind, a paused sync, a freeze, a countdown, a broken glass; a team lead approved. */
const everything: Partial<RollbackState> = {
  plan: aPlan({
    freezes: true,
    collapse: [aStep('pods of v2.3.0 removed')],
    ways: {
      strategy: 'immediate',
      because: 'first_in_time',
      others: [
        {
          mechanism: 'deployment-undo',
          expectedMicros: 1,
          isOpen: true,
          why: 'later in the order',
        },
      ],
    },
  }),
  budgetSpentAt: start,
  hold: aHold(),
  leftover: leftBehind(
    { name: 'checkout-blue', keptMicros: minutes(5), step: aStep('scaled to 0') },
    start,
  ),
  sync: aSync(),
  freeze: { ...noFreeze, raised: { at: start, until: plus(start, minutes(120)), isWide: false } },
  countdown: { until: plus(start, minutes(4)) },
  breakGlass: { by: people.onCall, reason: 'nobody answers', reviewedBy: undefined },
  approved: { by: people.teamLead, as: 'team-lead', at: start },
  approvals: [
    {
      by: people.onCall,
      identity: 'on-call@shop.example',
      as: 'on-call-engineer',
      needed: 'engineering-manager',
      at: start,
      elapsedMicros: minutes(31),
      digest: theDigest,
      breakGlass: 'nobody answers',
      acknowledged: null,
    },
  ],
}
const decide = (
  control: Control,
  rollback: Partial<RollbackState>,
  facts: Partial<ControlFacts> = {},
) => decideControl(control, aRollback({ ...everything, ...rollback }), someFacts(facts))
const because = (decision: ReturnType<typeof decide>) =>
  decision.kind === 'refused' ? decision.because.kind : decision.kind

/** The lowest of those who may, or why nobody does. */
function lowest(control: Control, rollback: Partial<RollbackState>, minute: number): string {
  const now = plus(start, minutes(minute))
  const requester = holding(undefined)
  const byRequester = decide(
    control,
    { ...rollback, requestedBy: requester.person },
    { now, clicker: requester },
  )
  const role = roles.find(
    (one) => decide(control, rollback, { now, clicker: holding(one) }).kind === 'allowed',
  )
  const names = [
    byRequester.kind === 'allowed' ? 'requester' : '',
    role ? roleNames[role] : '',
  ].filter(Boolean)
  if (names.length > 0) return names.join(' or ')
  return byRequester.kind === 'refused' ? short(byRequester.because) : '?'
}

test('who may decide what in each phase reads as policy §5 says', async () => {
  const at = (minute: number) => {
    const rows = phases.map((phase) => [
      phase,
      ...controls.map((control) => lowest(control, { phase }, minute)),
    ])
    return `## ${minute} minutes after the start\n\n${table([['phase', ...controls], ...rows])}\n`
  }

  await expect(
    `# The lowest who may decide, when a team lead approved and an on-call engineer broke the glass at a manager's minute

Higher roles may too; – means that there is nothing to decide.

${[3, 15, 61].map(at).join('\n')}`,
  ).toMatchFileSnapshot('../../golden/authority-controls.txt')
})

describe('controls', () => {
  test.each(controls)('%s is refused to people outside', (control) => {
    const clicker = { kind: 'outsider', person: people.outsider, why: 'guest' } as const

    for (const phase of phases)
      expect(because(decide(control, { phase }, { clicker }))).toBe('not_a_member')
  })

  test.each(controls.filter((control) => controlRules[control].needsReason))(
    '%s needs a typed reason',
    (control) => {
      const [phase] = controlRules[control].phases

      expect(
        because(decide(control, { phase }, { clicker: holding('executive'), reason: '  short  ' })),
      ).toBe('reason_needed')
    },
  )

  test('the requester may cancel without a role, by the same account only', () => {
    const cancel = (person: string) =>
      decide(
        'cancel',
        { phase: 'approved', requestedBy: people.onCall },
        { clicker: aMember({ person: personId(person) }) },
      )

    expect(cancel(people.onCall)).toEqual({ kind: 'allowed', as: 'requester' })
    expect(because(cancel('T0SHOP000:U0OTHER01'))).toBe('not_the_requester')
  })

  test('who broke the glass cannot review it, whichever account they use', () => {
    const review = (person: string, identity: string) =>
      because(
        decide(
          'review-break-glass',
          { phase: 'stable' },
          { clicker: aMember({ person: personId(person), identity, roles: ['executive'] }) },
        ),
      )

    expect(review(people.onCall, 'another@shop.example')).toBe('second_person_needed')
    expect(review('T0SHOP000:U0SECOND1', 'on-call@shop.example')).toBe('second_person_needed')
    expect(review(people.executive, 'ceo@shop.example')).toBe('allowed')
  })

  test('a broken glass can be reviewed however the rollback ended, once', () => {
    const clicker = holding('engineering-manager')
    const breakGlass = { by: people.onCall, reason: 'x', reviewedBy: people.manager }

    for (const phase of phases) {
      expect(because(decide('review-break-glass', { phase }, { clicker }))).toBe('allowed')
      expect(because(decide('review-break-glass', { phase, breakGlass }, { clicker }))).toBe(
        'nothing_to_decide',
      )
    }
  })

  test('nothing is lifted twice, collapsed twice, or collapsed where there is no faster way', () => {
    const hold = aHold({ lifted: true })
    const collapsed = { by: people.onCall, reason, at: start }
    const clicker = holding('executive')

    expect([
      because(decide('lift-hold', { phase: 'stable', hold }, { clicker })),
      because(decide('collapse', { phase: 'settling', collapsed }, { clicker })),
      because(decide('collapse', { phase: 'settling', plan: aPlan() }, { clicker })),
    ]).toEqual(['nothing_to_decide', 'nothing_to_decide', 'nothing_to_decide'])
  })

  test('a freeze is lifted once, only where it stands, and by at least the level that approved', () => {
    const raised = { at: start, until: plus(start, minutes(120)), isWide: false }
    const ordered = { at: start, by: people.teamLead, as: 'team-lead', reason } as const
    const lifted = { at: start, because: 'ended', others: [] } as const
    const lift = (freeze: Partial<typeof noFreeze>, role: 'on-call-engineer' | 'team-lead') =>
      because(
        decide(
          'lift-freeze',
          { phase: 'watching', freeze: { ...noFreeze, ...freeze } },
          { clicker: holding(role) },
        ),
      )

    expect(lift({ raised }, 'team-lead')).toBe('allowed')
    expect(lift({ raised }, 'on-call-engineer')).toBe('below_approver')
    expect(lift({}, 'team-lead')).toBe('nothing_to_decide')
    expect(lift({ raised, ordered }, 'team-lead')).toBe('nothing_to_decide')
    expect(lift({ raised, lifted }, 'team-lead')).toBe('nothing_to_decide')
  })

  test('a freeze is widened once, where it stands and nobody has ordered its end', () => {
    const raised = { at: start, until: plus(start, minutes(120)), isWide: false }
    const ordered = { at: start, by: people.teamLead, as: 'team-lead', reason } as const
    const wider = { by: people.teamLead, as: 'team-lead', services: [], scope: [] } as const
    const widen = (freeze: Partial<typeof noFreeze>) =>
      because(
        decide(
          'widen-freeze',
          { phase: 'watching', freeze: { ...noFreeze, ...freeze } },
          { clicker: holding('team-lead') },
        ),
      )

    expect(widen({ raised })).toBe('allowed')
    expect(widen({})).toBe('nothing_to_decide')
    expect(widen({ wider })).toBe('nothing_to_decide')
    expect(widen({ raised, ordered })).toBe('nothing_to_decide')
    expect(widen({ raised, wider })).toBe('nothing_to_decide')
  })

  test('automation is paused where something is counted down, and nowhere else', () => {
    const countdown = { until: plus(start, minutes(1)) }
    const pause = (counting: typeof countdown | undefined) =>
      because(decide('pause-automation', { phase: 'awaiting_approval', countdown: counting }))

    expect(pause(countdown)).toBe('allowed')
    expect(pause(undefined)).toBe('nothing_to_decide')
  })

  test('while nothing is approved, a freeze is lifted at the level of this minute', () => {
    const undecided = { phase: 'awaiting_approval', approved: undefined } as const
    const now = plus(start, minutes(20))

    expect(because(decide('lift-freeze', undecided))).toBe('allowed')
    expect(because(decide('lift-freeze', undecided, { now }))).toBe('below_approver')
    expect(because(decide('lift-freeze', undecided, { now, clicker: holding('team-lead') }))).toBe(
      'allowed',
    )
  })

  test('a budget that ran out asks the level above whoever approved', () => {
    const late = { phase: 'settling', floor: 'team-lead' } as const

    expect(because(decide('collapse', late))).toBe('not_now')
    expect(because(decide('collapse', late, { clicker: holding('team-lead') }))).toBe('allowed')
  })

  test('undoing needs at least the level that approved, even in a lower window', () => {
    const approved = { by: people.vp, as: 'vp-engineering', at: start } as const
    const undo = (clicker: ControlFacts['clicker']) =>
      decide('undo', { phase: 'watching', approved }, { clicker })

    expect(undo(holding('engineering-manager'))).toMatchObject({
      because: { kind: 'below_approver', needs: 'vp-engineering', holds: 'engineering-manager' },
    })
    expect(because(undo(holding('vp-engineering')))).toBe('allowed')
  })

  test('a role source that is down lets nobody in', () => {
    const clicker = aMember({ unknown: [{ role: 'on-call-engineer', source: 'PagerDuty' }] })

    expect(decide('reject', { phase: 'awaiting_approval' }, { clicker })).toMatchObject({
      because: { kind: 'role_source_down', source: 'PagerDuty' },
    })
  })

  test('a higher role may do whatever a lower one may, at every minute and in every phase', () => {
    const someRole = fc.constantFrom(...roles)
    fc.assert(
      fc.property(
        fc.constantFrom(...controls),
        fc.constantFrom(...phases),
        fc.integer({ min: 0, max: minutes(90) }),
        fc.constantFrom(undefined, ...roles),
        someRole,
        someRole,
        (control, phase, elapsed, floor, a, b) => {
          const [low, high] = rankOf(a) <= rankOf(b) ? [a, b] : [b, a]
          const may = (role: typeof a) =>
            decide(
              control,
              { phase, floor },
              { now: plus(start, micros(elapsed)), clicker: holding(role) },
            ).kind === 'allowed'

          expect([may(low), may(high)]).not.toEqual([true, false])
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
