import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RollbackId } from '#domain/ids.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { type FreezeMove, freezeMoves, freezeWake } from '#domain/rollback/freeze-moves.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { minutes } from '#domain/time.ts'
import { theRollback } from '../../support/builders.ts'
import { walk } from '../../support/rollback-walk.ts'

const limits = { freezeMicros: minutes(30) }
const over = ['stable', 'superseded', 'undone', 'rejected', 'cancelled', 'expired']
const choices = fc.array(
  fc.record({ passes: fc.integer({ min: 1, max: minutes(20) }), picks: fc.nat(1_000) }),
  { maxLength: 25 },
)

/** What the platform was told last. */
type Platform = RollbackId | undefined

const eventsOf = (move: FreezeMove): readonly TimelineEvent[] => {
  const of = { rollback: move.rollback.id } as const
  return move.do === 'raise'
    ? [
        { kind: 'freeze_begun', ...of, until: move.until, scope: [] },
        { kind: 'freeze_raised', ...of, until: move.until },
      ]
    : [{ kind: 'freeze_lifted', ...of, because: move.because }]
}

/** The history with everything that was due carried out, and what then stands on the platform. */
function reconciled(history: History, platform: Platform) {
  const at = history.at(-1)?.at
  if (at === undefined) throw new Error('a history begins with something')
  let all = history
  let stands = platform
  for (let moves = 0; ; moves += 1) {
    const [move] = freezeMoves(all, at, limits)
    if (!move) return { all, stands, moves, at }
    if (moves > 5) throw new Error('it never comes to rest')
    const { id } = move.rollback
    if (move.do === 'raise') stands = id
    else if (stands === id) stands = undefined
    all = [...all, ...eventsOf(move).map((event): Recorded => recorded(all, event))]
  }
  function recorded(before: History, event: TimelineEvent): Recorded {
    return { seq: before.length + 1, at: at ?? 0, actor: 'countermand', event } as Recorded
  }
}

test('however a rollback goes, deploys are frozen while it is under way and open when it is over', () => {
  const seen = { frozen: 0, opened: 0 }
  fc.assert(
    fc.property(choices, (chosen) => {
      let history: History = []
      let platform: Platform
      for (const recorded of walk(chosen)) {
        const { all, stands, at } = reconciled([...history, recorded], platform)
        history = all
        platform = stands
        const state = rollbackState(history, theRollback)
        if (!state?.plan) continue
        const wake = freezeWake(history, at, limits)

        const isOver = over.includes(state.phase)
        const wrong = {
          'open while it is under way': isOpen(state) && platform !== theRollback,
          'frozen although it is over': isOver && platform !== undefined,
          'frozen without an end': platform !== undefined && wake === undefined,
          'woken for nothing': platform === undefined && wake !== undefined,
          'woken in the past': wake !== undefined && wake <= at,
        }

        expect(Object.entries(wrong).filter(([, isSo]) => isSo)).toEqual([])
        seen.frozen += platform ? 1 : 0
        seen.opened += isOver ? 1 : 0
      }
    }),
    { numRuns: 300 },
  )

  expect(seen.frozen).toBeGreaterThan(100)
  expect(seen.opened).toBeGreaterThan(20)
})
