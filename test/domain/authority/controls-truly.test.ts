import { describe, expect, test } from 'vitest'
import { type Control, decideControl } from '#domain/authority/decide-control.ts'
import { defaultMatrix, matrixProblems } from '#domain/authority/matrix.ts'
import { personId } from '#domain/ids.ts'
import { minutes, plus } from '#domain/time.ts'
import { aMember, holding } from '../../support/authority.ts'
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

const ten = '0123456789'
const decide = (
  control: Control,
  rollback: Parameters<typeof aRollback>[0],
  facts: Partial<Parameters<typeof decideControl>[2]> = {},
) => {
  const decision = decideControl(control, aRollback(rollback), {
    now: plus(start, minutes(20)),
    authorityStart: start,
    matrix: defaultMatrix,
    clicker: holding('vp-engineering'),
    reason: 'it makes things worse',
    ...facts,
  })
  return decision.kind === 'refused' ? decision.because : decision
}
const anApproval = (
  identity: string,
  more: { needed: 'team-lead' | 'vp-engineering'; glass: boolean },
) =>
  ({
    by: personId(`T0SHOP000:${identity}`),
    identity,
    as: 'on-call-engineer',
    needed: more.needed,
    at: start,
    elapsedMicros: minutes(1),
    digest: theDigest,
    breakGlass: more.glass ? 'nobody answers' : null,
    acknowledged: null,
  }) as const

describe('a reason', () => {
  test.each([
    [ten, 'allowed'],
    [ten.slice(1), 'reason_needed'],
    [` ${ten.slice(1)} `, 'reason_needed'],
    [undefined, 'reason_needed'],
  ])('%j for an undo is %s', (reason, kind) => {
    expect(decide('undo', { phase: 'failed' }, { reason })).toMatchObject({ kind })
  })

  test('is not asked for where none is needed', () => {
    expect(decide('reject', {}, { reason: undefined })).toMatchObject({ kind: 'allowed' })
  })
})

describe('there is nothing to decide', () => {
  test.each([
    ['lift-hold', { phase: 'watching', hold: undefined }],
    ['lift-hold', { phase: 'watching', hold: aHold({ lifted: true }) }],
    ['resume-sync', { phase: 'watching', sync: undefined }],
    ['resume-sync', { phase: 'watching', sync: aSync({ resumed: 'elsewhere' }) }],
    [
      'resume-sync',
      {
        phase: 'watching',
        sync: aSync({ ordered: { by: people.vp, as: 'vp-engineering', reason: 'x' } }),
      },
    ],
    ['review-break-glass', { phase: 'watching', breakGlass: undefined }],
    [
      'review-break-glass',
      {
        phase: 'watching',
        breakGlass: { by: people.onCall, reason: 'x', reviewedBy: people.vp },
      },
    ],
    ['collapse', { phase: 'applying', plan: undefined }],
    ['collapse', { phase: 'applying', plan: aPlan({ collapse: [] }) }],
    [
      'collapse',
      {
        phase: 'applying',
        plan: aPlan({ collapse: [aStep('at once')] }),
        collapsed: { by: people.vp, reason: 'x', at: start },
      },
    ],
  ] as const)('%s', (control, rollback) => {
    expect(decide(control, rollback)).toEqual({
      kind: 'nothing_to_decide',
      decided: control,
      phase: rollback.phase,
    })
  })
})

describe('whoever is below the level of the minute is told all there is', () => {
  const since = plus(start, minutes(15))

  test('with what they hold, and without', () => {
    const refused = { kind: 'not_now', needs: 'team-lead', since, reachable: [] }

    expect(decide('reject', {}, { clicker: holding('on-call-engineer') })).toEqual({
      ...refused,
      holds: 'on-call-engineer',
    })
    expect(decide('reject', {}, { clicker: aMember() })).toEqual({ ...refused, holds: null })
  })

  test('and the way out when a source of roles is down', () => {
    const unknown = [{ role: 'vp-engineering', source: 'Slack' }] as const
    const wayOut = (clicker: ReturnType<typeof aMember>) => decide('reject', {}, { clicker })

    expect(wayOut(aMember({ unknown }))).toMatchObject({ wayOut: 'executive' })
    expect(wayOut(aMember({ roles: ['on-call-engineer'], unknown }))).toMatchObject({
      wayOut: 'break-glass',
    })
  })
})

describe('a broken glass is reviewed', () => {
  const broken = {
    phase: 'watching',
    breakGlass: { by: people.onCall, reason: 'nobody answers', reviewedBy: undefined },
  } as const
  const glass = anApproval('breaker', { needed: 'team-lead', glass: true })
  const whole = anApproval('second', { needed: 'vp-engineering', glass: false })

  test('by the level it stood in for, whoever approved beside it', () => {
    const approvals = [glass, whole]

    expect(
      decide('review-break-glass', { ...broken, approvals }, { clicker: holding('team-lead') }),
    ).toEqual({ kind: 'allowed', as: 'team-lead' })
    expect(
      decide(
        'review-break-glass',
        { ...broken, approvals: [whole, glass] },
        {
          clicker: holding('on-call-engineer'),
        },
      ),
    ).toEqual({ kind: 'below_approver', needs: 'team-lead', holds: 'on-call-engineer' })
  })

  test('not by whoever broke it, by account or as a human, but by another who approved', () => {
    const approvals = [glass, whole]
    const as = (identity: string) => aMember({ identity, roles: ['vp-engineering'] })
    const second = { kind: 'second_person_needed', needs: 'team-lead', reachable: [] }

    expect(
      decide('review-break-glass', { ...broken, approvals }, { clicker: as('breaker') }),
    ).toEqual(second)
    expect(
      decide(
        'review-break-glass',
        { ...broken, approvals },
        {
          clicker: { ...as('other'), person: people.onCall },
        },
      ),
    ).toEqual(second)
    expect(
      decide('review-break-glass', { ...broken, approvals }, { clicker: as('second') }),
    ).toEqual({ kind: 'allowed', as: 'vp-engineering' })
  })

  test('at the level of the minute, where the record does not say which it stood in for', () => {
    expect(
      decide('review-break-glass', { ...broken, approvals: [] }, { clicker: holding('team-lead') }),
    ).toEqual({ kind: 'allowed', as: 'team-lead' })
  })
})

test('a matrix says which of its windows is wrong, counted from one', () => {
  const row = (at: number, role: 'team-lead' | 'vp-engineering') => ({
    fromMicros: minutes(at),
    mayAuthorize: role,
    notify: [],
  })

  expect(matrixProblems([row(0, 'vp-engineering'), row(0, 'team-lead')])).toEqual([
    'Window 2 must begin later than window 1.',
    'Window 2 needs less authority than window 1.',
  ])
  expect(matrixProblems([row(0, 'team-lead'), row(Number.NaN, 'vp-engineering')])).toEqual([
    'Window 2 begins at no valid minute.',
  ])
  expect(matrixProblems([row(5, 'team-lead')])).toEqual([
    'The first window must begin at minute 0.',
  ])
  expect(defaultMatrix.map(({ notify }) => notify)).toEqual([
    ['team-lead'],
    ['engineering-manager'],
    ['vp-engineering'],
    ['executive'],
  ])
})
