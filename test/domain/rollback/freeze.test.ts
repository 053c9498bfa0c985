import { describe, expect, test } from 'vitest'
import { deliveryId, rollbackId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { freezeMoves, freezeWake } from '#domain/rollback/freeze-moves.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  at,
  people,
  proposed,
  requested,
  type Told,
  theRollback as rollback,
} from '../../support/builders.ts'
import { minutes } from '#domain/time.ts'

const limits = { freezeMicros: minutes(120) }
const plan = aPlan({ freezes: true })
const scope = [plan.target]
const checks = [{ id: 'units', result: 'passed', text: '12/12 pods ready' }] as const
const later = rollbackId('rb_later')

const begun: TimelineEvent = { kind: 'freeze_begun', rollback, until: at('16:30:01'), scope }
const raised: TimelineEvent = { kind: 'freeze_raised', rollback, until: at('16:30:01') }
const frozen: Told = [...proposed(plan), ['14:30:01', begun], ['14:30:02', raised]]
const verified: TimelineEvent = { kind: 'verified', rollback, outcome: 'recovered', checks }
const recovered: Told = [
  ...frozen,
  ['14:31:05', approvedBy()],
  ['14:31:06', { kind: 'execution_started', rollback }],
  ['14:31:46', { kind: 'execution_completed', rollback }],
  ['14:33:00', verified],
]
const ordered: TimelineEvent = {
  kind: 'freeze_lift_authorised',
  rollback,
  by: people.teamLead,
  as: 'team-lead',
  reason: 'the fix must go out',
  delivery: deliveryId('d7'),
}
const failed = (doing: 'raise' | 'lift', isFinal: boolean): TimelineEvent => ({
  kind: 'freeze_failed',
  rollback,
  doing,
  why: 'not allowed to patch configmaps',
  isFinal,
})

/** In words: `raise rb_1 until 16:30:01`. */
function moves(told: Told, clock: string): readonly string[] {
  return freezeMoves(aHistory(...told), at(clock), limits).map((move) =>
    move.do === 'raise'
      ? `raise ${nameOf(move)} until ${new Date(move.until / 1_000).toISOString().slice(11, 19)}`
      : `lift ${nameOf(move)}: ${move.because}`,
  )
}
const nameOf = ({ rollback: { id } }: { rollback: { id: string } }) =>
  id === rollback ? 'it' : 'the later one'

const secondPlan: TimelineEvent = {
  kind: 'rollback_planned',
  rollback: later,
  plan,
  digest: aDigest(),
}
function aDigest() {
  const event = proposed(plan).at(-1)?.[1]
  if (event?.kind !== 'rollback_planned') throw new Error('no plan in the proposal')
  return event.digest
}

describe('deploys are frozen', () => {
  test('as soon as the plan of an accepted request is on the record', () => {
    expect(moves(proposed(plan), '14:30:01')).toEqual(['raise it until 16:30:01'])
  })

  test('once, however often it is looked at', () => {
    expect(moves(frozen, '14:30:02')).toEqual([])
  })

  test('again, when the record does not know that the platform has heard of it', () => {
    expect(moves([...proposed(plan), ['14:30:01', begun]], '14:30:09')).toEqual([
      'raise it until 16:30:01',
    ])
  })

  test('not at all where the platform cannot, or where the plan is of an earlier version', () => {
    expect(moves(proposed(aPlan()), '14:30:01')).toEqual([])
  })

  test('for what is scheduled, when it starts and not before', () => {
    const scheduled = proposed(plan, { notBefore: at('16:00:00'), strategy: 'scheduled' })

    expect(moves(scheduled, '14:30:01')).toEqual([])
    expect(
      moves(
        [
          ...scheduled,
          ['15:59:00', approvedBy()],
          ['16:00:00', { kind: 'execution_started', rollback }],
        ],
        '16:00:00',
      ),
    ).toEqual(['raise it until 18:00:00'])
  })

  test('anew when what was taken back is undone again', () => {
    const undo: TimelineEvent = {
      kind: 'undo_authorised',
      rollback,
      by: people.teamLead,
      as: 'team-lead',
      reason: 'v2.2.1 is worse',
      delivery: deliveryId('d8'),
    }
    const stable: Told = [
      ...recovered,
      ['15:03:00', { kind: 'watch_ended', rollback, outcome: 'stable', checks }],
      ['15:03:01', { kind: 'freeze_lifted', rollback, because: 'ended' }],
    ]

    expect(moves(stable, '15:03:02')).toEqual([])
    expect(moves([...stable, ['15:10:00', undo]], '15:10:00')).toEqual(['raise it until 17:10:00'])
  })
})

describe('deploys are opened', () => {
  const by = people.teamLead
  const delivery = deliveryId('d9')
  test.each<[string, TimelineEvent]>([
    [
      'rejected',
      { kind: 'rollback_rejected', rollback, by, as: 'team-lead', reason: '', delivery },
    ],
    ['cancelled', { kind: 'rollback_cancelled', rollback, by, as: 'requester', delivery }],
    ['expired', { kind: 'rollback_expired', rollback, what: 'request' }],
    ['blocked', { kind: 'rollback_blocked', rollback, why: 'v2.2.1 was deleted' }],
    [
      'failed before anything was changed',
      { kind: 'step_failed', rollback, step: 0, message: 'no', changed: 'nothing' },
    ],
    ['stable', { kind: 'watch_ended', rollback, outcome: 'stable', checks }],
  ])('when it is %s', (_, event) => {
    expect(moves([...frozen, ['14:40:00', event]], '14:40:00')).toEqual(['lift it: ended'])
  })

  test('when the incident closes', () => {
    const quiet: TimelineEvent = { kind: 'incident_closed', by: 'countermand', because: 'quiet' }
    const given: Told = [
      ...recovered,
      ['14:50:00', { kind: 'watch_ended', rollback, outcome: 'degraded', checks }],
    ]

    expect(moves(given, '15:00:00')).toEqual([])
    expect(moves([...given, ['15:00:00', quiet]], '15:00:00')).toEqual(['lift it: ended'])
  })

  test('when somebody with the authority says so, and then they stay open', () => {
    const told: Told = [...recovered, ['14:40:00', ordered]]
    const lifted: TimelineEvent = { kind: 'freeze_lifted', rollback, because: 'person' }

    expect(moves(told, '14:40:00')).toEqual(['lift it: person'])
    expect(moves([...told, ['14:40:01', lifted]], '14:50:00')).toEqual([])
  })

  test('when the time is over and nothing goes on; while it goes on the freeze is prolonged', () => {
    const waits: Told = [
      ...recovered,
      ['14:40:00', { kind: 'watch_ended', rollback, outcome: 'degraded', checks }],
    ]

    expect(moves(recovered, '16:00:00')).toEqual([])
    expect(moves(recovered, '16:00:01')).toEqual(['raise it until 18:00:01'])
    expect(moves(waits, '16:30:00')).toEqual([])
    expect(moves(waits, '16:30:01')).toEqual(['lift it: expired'])
  })

  test('even when nobody knows whether the platform ever heard of the freeze', () => {
    const gone: TimelineEvent = { kind: 'rollback_expired', rollback, what: 'request' }

    expect(moves([...proposed(plan), ['14:30:01', begun], ['16:30:00', gone]], '16:30:00')).toEqual(
      ['lift it: ended'],
    )
  })
})

describe('a later rollback of the same workload', () => {
  const request: TimelineEvent = { ...asked(requested()), rollback: later }
  const both: Told = [...recovered, ['14:45:00', request], ['14:45:00', secondPlan]]
  const reject: TimelineEvent = {
    kind: 'rollback_rejected',
    rollback: later,
    by: people.teamLead,
    as: 'team-lead',
    reason: '',
    delivery: deliveryId('d10'),
  }
  const taken: Told = [
    ...both,
    ['14:45:01', { kind: 'freeze_begun', rollback: later, until: at('16:45:00'), scope }],
    ['14:45:02', { kind: 'freeze_raised', rollback: later, until: at('16:45:00') }],
    ['14:45:03', { kind: 'freeze_lifted', rollback, because: 'taken_over' }],
  ]

  test('takes the freeze over without a gap', () => {
    expect(moves(both, '14:45:00')).toEqual([
      'raise the later one until 16:45:00',
      'lift it: taken_over',
    ])
    expect(moves(taken, '14:45:04')).toEqual([])
  })

  test('gives it back when it comes to nothing', () => {
    expect(moves([...taken, ['14:50:00', reject]], '14:50:00')).toEqual([
      'raise it until 16:50:00',
      'lift the later one: ended',
    ])
  })

  test('opens it for both, when somebody lifts it', () => {
    const lift: TimelineEvent = { ...lifting(ordered), rollback: later }

    expect(moves([...taken, ['14:50:00', lift]], '14:50:00')).toEqual([
      'lift the later one: person',
    ])
  })
})

describe('a freeze that does not come about', () => {
  test('is tried again while the platform is away', () => {
    const told: Told = [
      ...proposed(plan),
      ['14:30:01', begun],
      ['14:30:02', failed('raise', false)],
    ]

    expect(moves(told, '14:30:03')).toEqual(['raise it until 16:30:01'])
  })

  test('is left alone for want of a right, and tried once more when the rollback starts', () => {
    const told: Told = [
      ...proposed(plan),
      ['14:30:01', begun],
      ['14:30:02', failed('raise', true)],
      ['14:31:05', approvedBy()],
    ]

    expect(moves(told, '14:31:05')).toEqual([])
    expect(
      moves([...told, ['14:31:06', { kind: 'execution_started', rollback }]], '14:31:06'),
    ).toEqual(['raise it until 16:30:01'])
  })

  test('is not frozen by the record, and says why', () => {
    const history = aHistory(...frozen, ['14:40:00', failed('lift', false)])

    expect(freezeOf(history)).toMatchObject({ failure: { doing: 'lift' } })
    expect(isFrozen(freezeOf(history))).toBe(true)
  })
})

describe('the next look', () => {
  const wake = (told: Told, clock: string) => freezeWake(aHistory(...told), at(clock), limits)

  test('comes in time to prolong, or at the end', () => {
    expect(wake(recovered, '14:40:00')).toBe(at('16:00:01'))
    expect(
      wake(
        [
          ...recovered,
          ['14:40:00', { kind: 'watch_ended', rollback, outcome: 'degraded', checks }],
        ],
        '14:40:00',
      ),
    ).toBe(at('16:30:01'))
  })

  test('is no business of the clock while something is due, or nothing is frozen', () => {
    expect(wake(proposed(plan), '14:30:01')).toBeUndefined()
    expect(wake(proposed(aPlan()), '14:30:01')).toBeUndefined()
  })
})

function freezeOf(history: History) {
  const state = rollbackState(history, rollback)
  if (!state) throw new Error('the rollback is gone')
  return state.freeze
}
function asked(event: TimelineEvent) {
  if (event.kind !== 'rollback_requested') throw new Error('no request')
  return event
}
function lifting(event: TimelineEvent) {
  if (event.kind !== 'freeze_lift_authorised') throw new Error('no order')
  return event
}
