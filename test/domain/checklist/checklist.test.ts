import { describe, expect, test } from 'vitest'
import { checklist, presentPart } from '#domain/checklist/checklist.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type Phase, phases } from '#domain/rollback/phase.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import {
  aHistory,
  aRollback,
  at,
  people,
  proposed,
  theRollback,
  type Told,
} from '../../support/builders.ts'
import { completed, good, recovered } from '../../slack/views/card-stories.ts'

function itemsOf(told: Told) {
  const history = aHistory(...told)
  const incident = incidentState(history)
  if (!incident) throw new Error('no incident')
  return checklist(incident, rollbacksOf(history), at('15:00:00'))
}
const doneIn = (told: Told): readonly string[] =>
  itemsOf(told)
    .filter(({ done }) => done)
    .map(({ id }) => id)

describe('the checklist', () => {
  test('the product ticks what the record proves, with evidence', async () => {
    const shown = itemsOf(recovered).map(
      ({ phase, text, by, done }) =>
        `${done ? '✓' : '◦'} ${phase}: ${text} [${by}]${done ? ` – ${done.evidence}` : ''}`,
    )

    await expect(`${shown.join('\n')}\n`).toMatchFileSnapshot('../../golden/checklist.txt')
  })

  test('each part has its time, and the last one begins an hour after the end', () => {
    const part = (phase: Phase, now = '15:00:00') =>
      presentPart(aRollback({ phase, since: at('14:30:00') }), at(now))
    const parts = Object.groupBy(phases, (phase) => part(phase))

    expect(parts).toEqual({
      before: ['awaiting_plan', 'awaiting_approval', 'approved'],
      during: ['applying', 'settling', 'failed', 'undoing', 'stuck', 'verifying'],
      'rolled-back': ['watching', 'not_recovered', 'unverified', 'degraded'],
      after: ['stable', 'superseded', 'undone', 'rejected', 'cancelled', 'expired'],
    })
    expect(part('stable', '15:29:59')).toBe('after')
    expect(part('stable', '15:30:00')).toBe('later')
  })

  test('nothing is ticked ahead of its time', () => {
    expect(doneIn(proposed())).toEqual(['incident-confirmed', 'target-validated'])
    expect(doneIn(completed)).not.toContain('metrics-watched')
    expect(doneIn(recovered)).toContain('metrics-watched')
    expect(doneIn(recovered)).not.toContain('stable')
  })

  test('a check that is unknown proves nothing', () => {
    const checks = good.map((check) =>
      check.id === 'p95' ? { ...check, result: 'unknown' as const } : check,
    )
    const told: Told = [
      ...completed,
      ['14:32:50', { kind: 'verified', rollback: theRollback, outcome: 'recovered', checks }],
    ]

    expect(doneIn(told)).not.toContain('metrics-watched')
  })

  test('a person’s tick stands, with name and words', () => {
    const told: Told = [
      ...proposed(),
      [
        '14:35:00',
        {
          kind: 'checklist_ticked',
          item: 'smoke-tests',
          by: people.onCall,
          evidence: 'paid with a test card',
        },
      ],
    ]

    const item = itemsOf(told).find(({ id }) => id === 'smoke-tests')

    expect(item?.done).toEqual({
      by: people.onCall,
      at: at('14:35:00'),
      evidence: 'paid with a test card',
    })
  })
})
