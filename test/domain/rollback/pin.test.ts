import { describe, expect, test } from 'vitest'
import { deliveryId, rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { freezeMoves, freezeWake } from '#domain/rollback/freeze-moves.ts'
import type { FreezeEnd } from '#domain/rollback/freeze.ts'
import { minutes } from '#domain/time.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  at,
  people,
  proposed,
  type Told,
  theRollback as rollback,
} from '../../support/builders.ts'

const limits = { freezeMicros: minutes(120) }
const plan = aPlan({ freezes: true })
const checks = [{ id: 'units', result: 'passed', text: '12/12 pods ready' }] as const
const decision = { rollback, by: people.teamLead, as: 'team-lead' } as const
const pinnedUntil = (until: string): TimelineEvent => ({
  kind: 'version_pinned',
  ...decision,
  reason: 'the fix is not reviewed yet',
  until: at(until),
  delivery: deliveryId('d7'),
})
const lifted = (because: FreezeEnd): TimelineEvent => ({ kind: 'freeze_lifted', rollback, because })
const frozenUntil = (clock: string): readonly TimelineEvent[] => [
  { kind: 'freeze_begun', rollback, until: at(clock), scope: [plan.target] },
  { kind: 'freeze_raised', rollback, until: at(clock) },
]
const [begun, raised] = frozenUntil('16:30:01') as [TimelineEvent, TimelineEvent]
const watching: Told = [
  ...proposed(plan),
  ['14:30:01', begun],
  ['14:30:02', raised],
  ['14:31:05', approvedBy()],
  ['14:31:06', { kind: 'execution_started', rollback }],
  ['14:31:46', { kind: 'execution_completed', rollback }],
  ['14:33:00', { kind: 'verified', rollback, outcome: 'recovered', checks }],
]
const stable: Told = [
  ...watching,
  ['15:03:00', { kind: 'watch_ended', rollback, outcome: 'stable', checks }],
  ['15:03:01', lifted('ended')],
]
const until = '20:10:00'
const pinned: Told = [
  ...stable,
  ['15:10:00', pinnedUntil(until)],
  ...frozenUntil(until).map((event): Told[number] => ['15:10:01', event]),
]

const later = rollbackId('rb_later')
/** Another rollback of the same workload. */
const laterAskedFor: Told = proposed(plan).flatMap(
  ([, event]): Told =>
    event.kind === 'rollback_requested' || event.kind === 'rollback_planned'
      ? [['15:30:00', { ...event, rollback: later }]]
      : [],
)

/** In words: `raise until 16:30:01`. */
const moves = (told: Told, clock: string): readonly string[] =>
  freezeMoves(aHistory(...told), at(clock), limits).map((move) =>
    move.do === 'raise'
      ? `raise until ${new Date(move.until / 1_000).toISOString().slice(11, 19)}`
      : `lift ${move.because}`,
  )

describe('a version that is pinned', () => {
  test('is frozen anew when its rollback was long stable, until its hour', () => {
    expect(moves([...stable, ['15:10:00', pinnedUntil(until)]], '15:10:00')).toEqual([
      'raise until 20:10:00',
    ])
    expect(moves(pinned, '20:09:59')).toEqual([])
    expect(freezeWake(aHistory(...pinned), at('15:11:00'), limits)).toBe(at(until))
    expect(moves(pinned, until)).toEqual(['lift expired'])
    expect(moves([...pinned, [until, lifted('expired')]], '20:10:01')).toEqual([])
  })

  test('while it is still watched, stays frozen from then on without a gap', () => {
    const early: Told = [...watching, ['14:40:00', pinnedUntil(until)]]

    expect(moves(early, '14:40:00')).toEqual(['raise until 20:10:00'])
    const frozen: Told = [
      ...early,
      ...frozenUntil(until).map((event): Told[number] => ['14:40:01', event]),
    ]
    const over: Told = [
      ...frozen,
      ['15:03:00', { kind: 'watch_ended', rollback, outcome: 'stable', checks }],
    ]
    expect(moves(frozen, '14:50:00')).toEqual([])
    expect(moves(over, '15:03:00')).toEqual([])
  })

  test('for less time than its watch lasts is frozen as long as that', () => {
    const short: Told = [...watching, ['14:40:00', pinnedUntil('14:45:00')]]

    expect(moves(short, '14:41:00')).toEqual([])
    expect(moves(short, '14:46:00')).toEqual([])
    expect(
      moves(
        [...short, ['15:03:00', { kind: 'watch_ended', rollback, outcome: 'stable', checks }]],
        '15:03:00',
      ),
    ).toEqual(['lift expired'])
  })

  test('stays so when its incident is closed', () => {
    const closed: Told = [
      ...pinned,
      ['16:00:00', { kind: 'incident_closed', by: 'countermand', because: 'stable' }],
    ]

    expect(moves(closed, '16:00:01')).toEqual([])
  })

  test('pinned again, the newer time counts, be it the sooner one', () => {
    expect(moves([...pinned, ['15:20:00', pinnedUntil('18:00:00')]], '15:20:00')).toEqual([
      'raise until 18:00:00',
    ])
  })

  test('is open when somebody lifts its freeze, and frozen when it is pinned after that', () => {
    const ordered: Told = [
      ...pinned,
      [
        '15:30:00',
        {
          kind: 'freeze_lift_authorised',
          ...decision,
          reason: 'the fix is reviewed',
          delivery: deliveryId('d8'),
        },
      ],
    ]
    expect(moves(ordered, '15:30:00')).toEqual(['lift person'])
    const open: Told = [...ordered, ['15:30:01', lifted('person')]]
    expect(moves(open, '15:30:02')).toEqual([])
    expect(moves([...open, ['15:40:00', pinnedUntil(until)]], '15:40:00')).toEqual([
      'raise until 20:10:00',
    ])
  })

  test('while the end of its rollback opens deploys, is frozen anew', () => {
    const crossed: Told = [
      ...watching,
      ['15:03:00', { kind: 'watch_ended', rollback, outcome: 'stable', checks }],
      ['15:03:01', pinnedUntil(until)],
      ['15:03:02', lifted('ended')],
    ]

    expect(moves(crossed, '15:03:02')).toEqual(['raise until 20:10:00'])
  })

  test('does not stay so once its rollback is undone', () => {
    const undone: Told = [
      ...pinned,
      [
        '15:30:00',
        {
          kind: 'undo_authorised',
          ...decision,
          reason: 'v2.2.1 is worse',
          delivery: deliveryId('d9'),
        },
      ],
      ['15:30:01', { kind: 'undo_applied', rollback, step: 0 }],
      ['15:30:30', { kind: 'undo_succeeded', rollback, step: 0 }],
    ]

    expect(moves(undone, '15:30:30')).toEqual(['lift ended'])
  })

  test('stays so while another rollback of it is only asked for, and gives way to one that is begun', () => {
    const asked: Told = [...pinned, ...laterAskedFor]
    const rejected: TimelineEvent = {
      kind: 'rollback_rejected',
      ...decision,
      rollback: later,
      reason: '',
      delivery: deliveryId('d10'),
    }
    expect(moves(asked, '15:30:00')).toEqual(['raise until 17:30:00'])
    expect(moves([...asked, ['15:31:00', rejected]], '15:31:00')).toEqual([])

    const begun: Told = [
      ...asked,
      ['15:30:01', { kind: 'freeze_raised', rollback: later, until: at('17:30:00') }],
      ['15:32:00', { kind: 'execution_started', rollback: later }],
    ]
    expect(moves(begun, '15:32:00')).toContain('lift taken_over')
  })

  test('is open when somebody lifts the freeze of a later one, and stays frozen where it was pinned after that', () => {
    const lift: TimelineEvent = {
      kind: 'freeze_lift_authorised',
      ...decision,
      rollback: later,
      reason: 'the fix is reviewed',
      delivery: deliveryId('d11'),
    }
    const asked: Told = [...pinned, ...laterAskedFor, ['15:30:02', lift]]
    expect(moves(asked, '15:30:02')).toContain('lift person')
    expect(
      moves(
        [...asked, ['15:30:03', lifted('person')], ['15:40:00', pinnedUntil(until)]],
        '15:40:00',
      ),
    ).toEqual(['raise until 20:10:00'])
  })
})
