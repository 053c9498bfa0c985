import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryId, rollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { moveOf, wakeOf } from '#domain/rollback/attention.ts'
import { nextMove } from '#domain/rollback/next-move.ts'
import { phases, restingPhases } from '#domain/rollback/phase.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import { hours, instant, minutes, plus, seconds } from '#domain/time.ts'
import {
  aHistory,
  aPolicy,
  approvedBy,
  aRollback,
  at,
  people,
  proposed,
  requested,
  start,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { type Choice, walk } from '../../support/rollback-walk.ts'

const policy = aPolicy()
const move = (rollback: RollbackState, now = at('14:31:00')) =>
  nextMove(rollback, now, policy.rollback, {
    endsAt: undefined,
    mustEscalate: false,
    isPressing: false,
    turn: { kind: 'taken' },
  })

test('each phase has one next move', () => {
  const steps = aRollback().plan?.steps ?? []
  const kinds = Object.fromEntries(
    phases.map((phase) => [phase, move(aRollback({ phase, steps, at: 0 })).kind]),
  )

  expect(kinds).toEqual({
    awaiting_plan: 'plan',
    awaiting_approval: 'wait',
    approved: 'begin',
    applying: 'apply',
    settling: 'settle',
    failed: 'wait',
    undoing: 'undo',
    stuck: 'wait',
    verifying: 'verify',
    watching: 'watch',
    not_recovered: 'wait',
    unverified: 'wait',
    stable: 'wait',
    degraded: 'wait',
    superseded: 'wait',
    undone: 'wait',
    rejected: 'wait',
    cancelled: 'wait',
    expired: 'wait',
  })
  expect(restingPhases.filter((phase) => kinds[phase] !== 'wait')).toEqual([])
})

describe('people are called again', () => {
  const waiting = (
    reminders: Partial<RollbackState['reminders']>,
    now: string,
    isPressing = true,
  ) =>
    nextMove(
      aRollback({
        phase: 'not_recovered',
        since: at('14:30:00'),
        reminders: { sent: 0, lastAt: undefined, answered: false, ...reminders },
      }),
      at(now),
      policy.rollback,
      { endsAt: undefined, mustEscalate: false, isPressing, turn: { kind: 'taken' } },
    )

  test('five minutes after it stopped and five minutes after each call', () => {
    expect(waiting({}, '14:34:59')).toEqual({ kind: 'wait', until: at('14:35:00') })
    expect(waiting({}, '14:35:00')).toEqual({ kind: 'remind' })
    const called = { sent: 1, lastAt: at('14:36:00') }
    expect(waiting(called, '14:40:00')).toEqual({ kind: 'wait', until: at('14:41:00') })
    expect(waiting(called, '14:41:00')).toEqual({ kind: 'remind' })
  })

  test('not when it does not press, has been answered, or was said often enough', () => {
    const never = { kind: 'wait', until: undefined }

    expect(waiting({}, '15:00:00', false)).toEqual(never)
    expect(waiting({ answered: true }, '15:00:00')).toEqual(never)
    expect(waiting({ sent: 12, lastAt: at('14:30:00') }, '15:00:00')).toEqual(never)
    expect(waiting({ sent: 11, lastAt: at('14:30:00') }, '15:00:00')).toEqual({ kind: 'remind' })
  })

  test('only in the phases in which people must choose', () => {
    const called = phases.filter(
      (phase) =>
        nextMove(aRollback({ phase, since: start }), at('18:00:00'), policy.rollback, {
          endsAt: undefined,
          mustEscalate: false,
          isPressing: true,
          turn: { kind: 'taken' },
        }).kind === 'remind',
    )

    expect(called).toEqual(['failed', 'stuck', 'not_recovered', 'unverified', 'degraded'])
  })

  test.each([
    ['an open incident that is critical', '14:50:00', []],
    [
      'one that is low',
      undefined,
      [
        [
          '14:37:00',
          { kind: 'severity_changed', from: 'critical', to: 'low', reason: 'r', by: people.vp },
        ],
      ],
    ],
    [
      'one that was closed',
      undefined,
      [['14:37:00', { kind: 'incident_closed', by: 'countermand', because: 'quiet' }]],
    ],
    [
      'one with a newer rollback',
      undefined,
      [['14:37:00', requested({ rollback: rollbackId('rb_2') })]],
    ],
  ] satisfies readonly [string, string | undefined, Told][])('in %s', (_what, due, later) => {
    const history = aHistory(
      ...proposed(),
      ['14:45:00', { kind: 'verified', rollback: theRollback, outcome: 'unverified', checks: [] }],
      ...later,
    )
    const state = rollbackState(history, theRollback)
    if (!state) throw new Error('no rollback')

    expect(moveOf(history, state, at('14:46:00'), policy)).toEqual({
      kind: 'wait',
      until: due === undefined ? undefined : at(due),
    })
  })
})

test('when every step is done the execution is completed', () => {
  expect(move(aRollback({ phase: 'applying', at: 1 })).kind).toBe('complete')
})

describe('deadlines', () => {
  const asked = at('14:30:00')

  test('a request expires after two hours, to the microsecond', () => {
    const end = plus(asked, hours(2))

    expect(move(aRollback(), instant(end - 1))).toEqual({ kind: 'wait', until: end })
    expect(move(aRollback(), end)).toEqual({ kind: 'expire', what: 'request' })
  })

  test('an approval expires after five minutes, to the microsecond', () => {
    const given = at('14:31:05')
    const approved = aRollback(
      {},
      aHistory(...proposed(), ['14:31:05', approvedBy(), people.onCall]),
    )

    expect(move(approved, instant(plus(given, minutes(5)) - 1)).kind).toBe('begin')
    expect(move(approved, plus(given, minutes(5)))).toEqual({ kind: 'expire', what: 'approval' })
  })

  describe('a scheduled rollback', () => {
    const notBefore = at('14:40:00')
    const approvedAt = (clock: string) =>
      aRollback(
        {},
        aHistory(...proposed(undefined, { notBefore }), [clock, approvedBy(), people.onCall]),
      )

    test('waits for its time', () => {
      const rollback = approvedAt('14:35:00')

      expect(move(rollback, instant(notBefore - 1))).toEqual({ kind: 'wait', until: notBefore })
      expect(move(rollback, notBefore).kind).toBe('begin')
    })

    test('must begin within 30 minutes of its time', () => {
      const rollback = approvedAt('14:35:00')
      const latest = plus(notBefore, minutes(30))

      expect(move(rollback, instant(latest - 1)).kind).toBe('begin')
      expect(move(rollback, latest)).toEqual({ kind: 'expire', what: 'schedule' })
    })

    test('approved after its time must still begin within those 30 minutes', () => {
      const rollback = approvedAt('15:08:00')

      expect(move(rollback, at('15:09:59')).kind).toBe('begin')
      expect(move(rollback, at('15:10:00'))).toEqual({ kind: 'expire', what: 'schedule' })
    })

    test('undecided until then, ends then', () => {
      const rollback = aRollback({ notBefore })

      expect(move(rollback, at('15:09:59')).kind).toBe('wait')
      expect(move(rollback, at('15:10:00')).kind).toBe('expire')
    })

    test('planned for tomorrow may be decided until its time', () => {
      const tomorrow = plus(asked, hours(20))
      const rollback = aRollback({ notBefore: tomorrow })

      expect(move(rollback, instant(tomorrow - 1)).kind).toBe('wait')
      expect(move(rollback, tomorrow).kind).toBe('expire')
    })
  })
})

describe('escalation', () => {
  const silent = { ...policy, rollback: { ...policy.rollback, mostReminders: 0 } }
  const next = (history: History, clock: string, by = silent) => {
    const state = rollbackState(history, theRollback)
    return state && moveOf(history, state, at(clock), by)
  }
  const open = aHistory(...proposed())

  test('waits for the end of the window, and happens once per window', () => {
    const asked = aHistory(...proposed(), [
      '14:38:00',
      { kind: 'escalated', rollback: theRollback, to: 'team-lead', because: 'window' },
    ])

    expect(next(open, '14:37:59')).toEqual({ kind: 'wait', until: at('14:38:00') })
    expect(next(open, '14:38:00')).toEqual({ kind: 'escalate' })
    expect(next(asked, '14:38:00')).toEqual({ kind: 'wait', until: at('14:53:00') })
    expect(next(asked, '14:53:00')).toEqual({ kind: 'escalate' })
  })

  test('a start that moved earlier asks the level of the new minute at once', () => {
    const moved = aHistory(...proposed(), [
      '14:31:00',
      {
        kind: 'incident_start_changed',
        startedAt: plus(start, minutes(-60)),
        reason: 'first complaint',
        by: people.teamLead,
      },
      people.teamLead,
    ])

    expect(next(open, '14:31:00')?.kind).toBe('wait')
    expect(next(moved, '14:31:00')?.kind).toBe('escalate')
  })

  test('in the last window only the expiry is waited for', () => {
    const state = aRollback({ escalatedTo: 'vp-engineering' })

    expect(moveOf(open, state, at('15:40:00'), silent)).toEqual({
      kind: 'wait',
      until: at('16:30:00'),
    })
  })

  test('while a critical request waits, who may decide is called again every five minutes', () => {
    // The plan was shown at 14:30:01.
    expect(next(open, '14:35:00', policy)).toEqual({ kind: 'wait', until: at('14:35:01') })
    expect(next(open, '14:35:01', policy)).toEqual({ kind: 'remind' })
  })
})

describe('looking again', () => {
  const watching = (clock: string) =>
    wakeOf(
      aHistory(
        ...proposed(),
        ['14:31:05', approvedBy(), people.onCall],
        ['14:31:06', { kind: 'execution_started', rollback: theRollback }],
        ['14:32:00', { kind: 'execution_completed', rollback: theRollback }],
        ['14:33:00', { kind: 'verified', rollback: theRollback, outcome: 'recovered', checks: [] }],
      ),
      at(clock),
      policy,
    )

  test('a watch looks every minute and when it ends', () => {
    expect(watching('14:40:00')).toBe(at('14:41:00'))
    expect(watching('15:02:30')).toBe(at('15:03:00'))
  })

  test('a watch that cannot end yet never looks again at once', () => {
    expect(watching('15:03:00')).toBe(at('15:04:00'))
    expect(watching('15:33:20')).toBe(at('15:34:20'))
  })

  test('a quiet incident is looked at when it may close, a closed one never', () => {
    const rejected = [
      '14:31:00',
      {
        kind: 'rollback_rejected',
        rollback: theRollback,
        by: people.onCall,
        as: 'on-call-engineer',
        reason: '',
        delivery: deliveryId('d3'),
      },
    ] as const
    const quiet = aHistory(...proposed(), rejected)
    const closed = aHistory(...proposed(), rejected, [
      '16:31:00',
      { kind: 'incident_closed', by: 'countermand', because: 'quiet' },
    ])

    expect(wakeOf(quiet, at('14:31:00'), policy)).toBe(at('16:31:00'))
    expect(wakeOf(closed, at('16:31:00'), policy)).toBeUndefined()
  })
})

describe('whatever happens', () => {
  const someChoices: fc.Arbitrary<Choice[]> = fc.array(
    fc.record({
      passes: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: seconds(20) }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: minutes(150) }) },
      ),
      picks: fc.nat(99),
    }),
    { maxLength: 40, size: 'max' },
  )
  const stateAt = (history: History, length: number) =>
    rollbackState(history.slice(0, length), theRollback)
  const someWalk = (holds: (history: History) => void) => fc.property(someChoices.map(walk), holds)

  test('walks reach every phase, or they would prove nothing', () => {
    const seen = new Set<string>()
    const unseen = () => phases.filter((phase) => !seen.has(phase))
    // Some are so rare that one round in many misses them.
    for (let round = 0; round < 3 && unseen().length > 0; round += 1)
      fc.assert(
        someWalk((history) => {
          for (let length = 1; length <= history.length; length += 1)
            seen.add(stateAt(history, length)?.phase ?? '')
        }),
        { numRuns: 4_000 },
      )

    expect(unseen()).toEqual([])
  })

  test('a restart after any event finds the same next move in the stored record', () => {
    fc.assert(
      someWalk((history) => {
        const stored: History = JSON.parse(JSON.stringify(history))
        for (let length = 4; length <= history.length; length += 1) {
          const now = plus(history[length - 1]?.at ?? start, seconds(1))
          const [before, after] = [stateAt(history, length), stateAt(stored, length)]
          if (!before || !after) throw new Error('The rollback is gone')

          expect(moveOf(stored.slice(0, length), after, now, policy)).toEqual(
            moveOf(history.slice(0, length), before, now, policy),
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  test('while the worker has something to do, there is a time to do it', () => {
    fc.assert(
      someWalk((history) => {
        for (let length = 4; length <= history.length; length += 1) {
          const now = history[length - 1]?.at ?? start
          const wake = wakeOf(history.slice(0, length), now, policy)
          const { phase, leftover } = stateAt(history, length) ?? { phase: 'stable' as const }
          // What was left behind is being taken away.
          const resting = restingPhases.includes(phase) && leftover?.phase !== 'removing'

          const isRight = resting ? wake === undefined || wake > now : wake !== undefined
          expect([phase, isRight]).toEqual([phase, true])
        }
      }),
      { numRuns: 300 },
    )
  })

  test('what has ended stays ended; only an undo leads out of a result', () => {
    const ended = ['rejected', 'cancelled', 'expired', 'undone', 'superseded']
    const results = ['not_recovered', 'unverified', 'stable', 'degraded', 'stuck']
    fc.assert(
      someWalk((history) => {
        for (let length = 5; length <= history.length; length += 1) {
          const before = stateAt(history, length - 1)?.phase ?? ''
          const after = stateAt(history, length)?.phase ?? ''
          const mayFollow = ended.includes(before) ? [before] : [before, 'undoing']
          const isFinal = ended.includes(before) || results.includes(before)
          expect(isFinal ? mayFollow : phases).toContain(after)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('each level is asked once', () => {
    fc.assert(
      someWalk((history) => {
        const asked = history.flatMap(({ event }) => (event.kind === 'escalated' ? event.to : []))

        expect(new Set(asked).size).toBe(asked.length)
      }),
      { numRuns: 300 },
    )
  })

  test('an incident is closed only while nothing is under way', () => {
    fc.assert(
      someWalk((history) => {
        const closedAt = history.findIndex(({ event }) => event.kind === 'incident_closed')
        const phase = closedAt < 0 ? 'stable' : stateAt(history, closedAt + 1)?.phase

        expect(phase).toBe('stable')
        expect(incidentState(history)).toBeDefined()
      }),
      { numRuns: 100 },
    )
  })
})
