import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryId, rollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { wakeOf } from '#domain/rollback/attention.ts'
import { isOpen, phases } from '#domain/rollback/phase.ts'
import { rollbacksOf, rollbackState } from '#domain/rollback/state.ts'
import { plus, seconds } from '#domain/time.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  aPolicy,
  aStep,
  people,
  proposed,
  requested,
  start,
  theRollback as rollback,
} from '../../support/builders.ts'
import { walk } from '../../support/rollback-walk.ts'

const who = { rollback, by: people.teamLead, delivery: deliveryId('d7') } as const
const as = 'team-lead'
const reason = 'it makes things worse'

/** A plan of these steps, approved and begun, and then what happened. */
function after(steps: Parameters<typeof aPlan>[0], ...events: readonly TimelineEvent[]) {
  const begun = [approvedBy(), { kind: 'execution_started', rollback } as const]
  const told = [...begun, ...events].map((event) => ['14:32:00', event] as const)
  const state = rollbackState(aHistory(...proposed(aPlan(steps)), ...told), rollback)
  if (!state) throw new Error('The rollback is gone')
  return state
}
const two = (onFailure: 'ask' | 'undo') => ({
  steps: [
    aStep('first', { settles: 'pods', onFailure }),
    aStep('second', { settles: 'pods', onFailure }),
  ],
})
const failed = (step: number, changed: 'nothing' | 'maybe') =>
  ({ kind: 'step_failed', rollback, step, message: 'no', changed }) as const
const succeeded = (step: number) => ({ kind: 'step_succeeded', rollback, step }) as const
const applied = (step: number) => ({ kind: 'step_applied', rollback, step }) as const

describe('a step that failed', () => {
  test.each([
    // step, what it may have changed, what its plan says, where that leads, and at which step
    [0, 'nothing', 'ask', 'undone', 0],
    [0, 'nothing', 'undo', 'undone', 0],
    [0, 'maybe', 'ask', 'failed', 0],
    [0, 'maybe', 'undo', 'undoing', 0],
    [1, 'nothing', 'ask', 'failed', 1],
    [1, 'nothing', 'undo', 'undoing', 0],
    [1, 'maybe', 'ask', 'failed', 1],
    [1, 'maybe', 'undo', 'undoing', 1],
  ] as const)(
    'number %i, having changed %s, told to %s, is %s at %i',
    (step, changed, told, phase, at) => {
      const before = step === 1 ? [applied(0), succeeded(0)] : []

      const state = after(two(told), ...before, failed(step, changed))

      expect([state.phase, state.at]).toEqual([phase, at])
    },
  )

  test('is applied again when people keep waiting, since it may never have been made', () => {
    const state = after(two('ask'), failed(0, 'maybe'), { kind: 'step_retried', ...who, step: 0 })

    expect([state.phase, state.at, state.failure]).toEqual(['applying', 0, undefined])
  })

  test('is made once more by the change that its failure names, where what it began is over', () => {
    const over = { ...failed(1, 'maybe'), again: { kind: 'anew' } }
    const told = [applied(0), succeeded(0), applied(1), over] as const

    const state = after(two('ask'), ...told)
    const again = after(two('ask'), ...told, { kind: 'step_retried', ...who, step: 1, anew: true })

    expect(state.failure?.again).toEqual({ kind: 'anew' })
    expect(again.steps.map(({ change }) => change)).toEqual([
      state.steps[0]?.change,
      { kind: 'anew' },
    ])
    expect(again.steps[1]?.undo).toEqual(state.steps[1]?.undo)
  })
})

describe('an undo', () => {
  const undo = { kind: 'undo_authorised', ...who, as, reason } as const
  const undone = (step: number) => ({ kind: 'undo_succeeded', rollback, step }) as const

  test('takes the steps back from the last to the first', () => {
    const done = [applied(0), succeeded(0), applied(1), succeeded(1)]

    const states = [[], [undone(1)], [undone(1), undone(0)]].map((events) =>
      after(two('ask'), ...done, undo, ...events),
    )

    expect(states.map(({ phase, at }) => [phase, at])).toEqual([
      ['undoing', 1],
      ['undoing', 0],
      ['undone', 0],
    ])
  })

  test('leaves out a step that certainly changed nothing', () => {
    const state = after(two('ask'), applied(0), succeeded(0), failed(1, 'nothing'), undo)

    expect([state.phase, state.at]).toEqual(['undoing', 0])
  })

  test('that fails leaves the rollback stuck, which lets go of the workload and may be tried again', () => {
    const stuck = [
      applied(0),
      undo,
      { kind: 'undo_failed', rollback, step: 0, message: 'no', changed: 'maybe' } as const,
    ]

    const state = after(two('ask'), ...stuck)
    const again = after(two('ask'), ...stuck, undo)

    expect([state.phase, isOpen(state)]).toEqual(['stuck', false])
    expect([again.phase, again.at, isOpen(again)]).toEqual(['undoing', 0, true])
  })

  test('is carried out although the incident was closed', () => {
    const history = aHistory(
      ...proposed(),
      ['14:31:00', approvedBy()],
      ['14:32:00', { kind: 'execution_completed', rollback }],
      ['15:10:00', { kind: 'incident_closed', by: 'countermand', because: 'stable' }],
      ['15:20:00', undo],
    )
    const now = history.at(-1)?.at ?? start

    expect(wakeOf(history, now, aPolicy())).toBe(now)
  })
})

test('a collapse replaces what is left and keeps what is done', () => {
  const steps = [aStep('all at once'), aStep('put back')]

  const state = after(two('ask'), applied(0), succeeded(0), applied(1), {
    kind: 'collapsed',
    ...who,
    as,
    reason,
    steps,
  })

  expect(state.steps.map(({ name }) => name)).toEqual(['first', 'all at once', 'put back'])
  expect([state.phase, state.at]).toEqual(['applying', 1])
})

describe('approvals', () => {
  test.each([
    ['voided', { kind: 'approval_voided', rollback, why: 'changed' }, 'awaiting_plan'],
    ['expired', { kind: 'rollback_expired', rollback, what: 'approval' }, 'awaiting_approval'],
  ] as const)('that are %s are gone', (_, event, phase) => {
    const history = aHistory(...proposed(), ['14:31:00', approvedBy()], ['14:32:00', event])

    expect(rollbackState(history, rollback)).toMatchObject({
      phase,
      approvals: [],
      approved: undefined,
    })
  })

  test('one of two leaves the rollback waiting', () => {
    const history = aHistory(...proposed(), ['14:31:00', approvedBy({ complete: false })])

    expect(rollbackState(history, rollback)).toMatchObject({
      phase: 'awaiting_approval',
      approvals: [{ by: people.onCall }],
      approved: undefined,
    })
  })
})

test('events of one rollback say nothing about another', () => {
  const other = rollbackId('rb_other')
  const history = aHistory(
    ...proposed(),
    ['14:31:00', requested({ rollback: other })],
    ['14:31:00', approvedBy({ rollback: other })],
  )

  expect(rollbacksOf(history).map(({ id, phase }) => [id, phase])).toEqual([
    [rollback, 'awaiting_approval'],
    [other, 'approved'],
  ])
})

test('no order of events breaks the record', () => {
  const written = fc
    .array(fc.record({ passes: fc.nat(seconds(20)), picks: fc.nat(99) }), {
      minLength: 30,
      maxLength: 60,
      size: 'max',
    })
    .map(walk)
  const shuffled = written.chain((history) =>
    fc.shuffledSubarray([...history], { minLength: history.length }),
  )

  fc.assert(
    fc.property(shuffled, (mixed) => {
      const history = mixed.map(({ event }, index) => ({
        seq: index + 1,
        at: plus(start, seconds(index)),
        actor: 'countermand' as const,
        event,
      }))

      incidentState(history)
      const state = rollbackState(history, rollback)
      expect(state === undefined || phases.includes(state.phase)).toBe(true)
    }),
    { numRuns: 300 },
  )
})
