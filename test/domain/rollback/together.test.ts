import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deliveryId,
  incidentId,
  planDigest,
  rollbackId,
  serviceId,
  workloadId,
} from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { moveOf } from '#domain/rollback/attention.ts'
import { rollbackOrder } from '#domain/rollback/order.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, instant, plus, seconds } from '#domain/time.ts'
import {
  aHistory,
  aPlan,
  aPolicy,
  approvedBy,
  aService,
  declared,
  people,
  planned,
  requested,
  theDigest,
} from '../../support/builders.ts'
import { together } from '../../support/history-checker/together.ts'

const policy = aPolicy()
const names = ['checkout', 'payments', 'ledger'] as const
const ids = names.map((name) => rollbackId(`rb_${name}`))
const [lead = rollbackId('rb_checkout')] = ids
const asked = (): History =>
  aHistory(
    ['14:30:00', declared()],
    ...names.flatMap((name, at) => {
      const rollback = rollbackId(`rb_${name}`)
      const place = { lead, at, of: 3, digest: planDigest(theDigest), levels: 0 }
      const service = serviceId(name)
      const of = { rollback, service, workload: workloadId(name), together: place }
      const told = [
        ['14:30:00', requested(of)],
        ['14:30:01', { ...planned(aPlan({ service })), rollback }],
      ] as const
      return told.map(([clock, event]): [string, TimelineEvent] => [clock, event])
    }),
  )

/** Most things go well; else hardly anything would ever begin. */
const often = <One>(what: readonly One[]): One[][] => Array.from({ length: 6 }, () => [...what])

/** What the worker may come to with a move, good and bad. */
function outcomes(
  state: RollbackState,
  history: History,
  now: Instant,
): readonly TimelineEvent[][] {
  const { id: rollback } = state
  const move = moveOf(history, state, now, policy)
  switch (move.kind) {
    case 'begin':
      return [
        ...often<TimelineEvent>([{ kind: 'execution_started', rollback }]),
        [{ kind: 'approval_voided', rollback, why: 'changed' }],
      ]
    case 'apply':
      return [
        ...often<TimelineEvent>([{ kind: 'step_succeeded', rollback, step: move.index }]),
        [{ kind: 'step_failed', rollback, step: move.index, message: 'no', changed: 'maybe' }],
      ]
    case 'complete':
      return [[{ kind: 'execution_completed', rollback }]]
    case 'take-turn':
      return [
        ...often<TimelineEvent>([{ kind: 'turn_taken', rollback, checks: [] }]),
        [],
        ...(now >= move.last
          ? [[{ kind: 'rollback_left', rollback, why: 'not well' } as const]]
          : []),
      ]
    case 'leave':
      return [[{ kind: 'rollback_left', rollback, why: move.why }]]
    case 'verify':
      return (['recovered', 'not_recovered', 'unverified'] as const).map((outcome) => [
        { kind: 'verified', rollback, outcome, checks: [] },
      ])
    case 'expire':
      return [[{ kind: 'rollback_expired', rollback, what: move.what }]]
    case 'plan':
      return [[{ ...planned(aPlan({ service: state.service })), rollback }]]
    default:
      return [[]]
  }
}

function approval(): Extract<TimelineEvent, { kind: 'approval_given' }> {
  const event = approvedBy()
  if (event.kind !== 'approval_given') throw new Error('no approval')
  return event
}

/** What people do at some time; decided by the workflows, so only what they would have written. */
function decisions(all: readonly RollbackState[], delivery: number): readonly TimelineEvent[][] {
  const isAsked = all.every(({ phase, voided }) => phase === 'awaiting_approval' && !voided)
  const given = (complete: boolean) =>
    all.map(
      ({ id: rollback }): TimelineEvent => ({
        ...approval(),
        rollback,
        complete,
        delivery: deliveryId(`d${delivery}`),
      }),
    )
  const dropped = all.flatMap(({ id, phase }): readonly TimelineEvent[] =>
    ['awaiting_approval', 'approved'].includes(phase)
      ? [
          {
            kind: 'rollback_cancelled',
            rollback: id,
            by: people.onCall,
            as: 'requester',
            delivery: deliveryId(`d${delivery}`),
          },
        ]
      : [],
  )
  const first = all[0]
  return [
    ...(isAsked ? [...often(given(true)), given(false)] : often<TimelineEvent>([])),
    dropped,
    first && ['verifying', 'watching', 'failed'].includes(first.phase)
      ? [
          {
            kind: 'undo_authorised',
            rollback: first.id,
            by: people.onCall,
            as: 'team-lead',
            reason: 'no',
            delivery: deliveryId(`d${delivery}`),
          },
        ]
      : [],
  ]
}

const choices = fc.array(
  fc.record({
    who: fc.constantFrom(0, 1, 2, 0, 1, 2, 9),
    what: fc.nat(20),
    passes: fc.constantFrom(0, 0, 1, 1, 5, 20, 31, 31, 100),
  }),
  { minLength: 20, maxLength: 120, size: 'max' },
)

function played(steps: readonly { who: number; what: number; passes: number }[]): History {
  let history = asked()
  let now: Instant = history.at(-1)?.at ?? instant(0)
  for (const [turn, { who, what, passes }] of steps.entries()) {
    now = plus(now, seconds(passes))
    const all = rollbacksOf(history)
    const member = all[who]
    const may = member ? outcomes(member, history, now) : decisions(all, turn)
    const events = may[what % Math.max(may.length, 1)] ?? []
    history = [
      ...history,
      ...events.map((event, at) => ({
        seq: history.length + 1 + at,
        at: now,
        actor: 'countermand' as const,
        event,
      })),
    ]
  }
  return history
}

test('in no order of decisions, failures, restarts and waiting is one begun without a whole approval of all, before its turn, or after a failure', () => {
  let begun = 0
  fc.assert(
    fc.property(choices, (steps) => {
      const history = played(steps)

      expect(together({ incident: incidentId('inc-1'), history })).toEqual([])
      for (const { event, seq } of history) {
        if (event.kind !== 'execution_started') continue
        begun += event.rollback === lead ? 0 : 1
        const approval = history.findLast(
          (row) =>
            row.seq < seq &&
            row.event.kind === 'approval_given' &&
            row.event.rollback === event.rollback,
        )?.event
        expect(approval).toMatchObject({ complete: true })
      }
    }),
    { numRuns: 1_500 },
  )
  // A property that never sees the second of them begin says nothing.
  expect(begun).toBeGreaterThan(50)
})

describe('the order', () => {
  const service = (id: string, ...dependsOn: string[]) =>
    aService({ id: serviceId(id), dependsOn: dependsOn.map(serviceId) })
  const ordered = (all: readonly ReturnType<typeof service>[], named: readonly string[]) => {
    const catalogue = new Map(all.map((one) => [one.id, one]))
    const typed = named.flatMap((name) => catalogue.get(serviceId(name)) ?? [])
    return rollbackOrder(typed, catalogue).map(({ id }) => id as string)
  }

  test('puts whoever needs another before it, through others too', () => {
    const all = [service('web', 'checkout'), service('checkout', 'payments'), service('payments')]

    expect(ordered(all, ['payments', 'checkout', 'web'])).toEqual(['web', 'checkout', 'payments'])
    expect(ordered(all, ['payments', 'web'])).toEqual(['web', 'payments'])
  })

  test('leaves what is not related as it was typed, and comes to an end in a circle', () => {
    const circle = [service('a', 'b'), service('b', 'a'), service('c')]

    expect(ordered(circle, ['c', 'b', 'a'])).toEqual(['c', 'b', 'a'])
  })
})
