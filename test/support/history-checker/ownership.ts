import type { Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Breach } from '../history-checker.ts'
import { moving } from './promotions.ts'
import { breach, rollbacks, type Story } from './story.ts'

export interface Holding {
  readonly story: Story
  readonly workload: string
  readonly seq: number
  readonly from: Instant
  readonly until: Instant | undefined
}

/** I5: a workload is rolled back, or its canary moved, by one at a time. */
export function ownership(stories: readonly Story[]): readonly Breach[] {
  const all = stories.flatMap((story) => [
    ...[...rollbacks(story).values()].flatMap((events) => holdings(story, events)),
    ...moving(story),
  ])
  return [...Map.groupBy(all, ({ workload }) => workload).values()].flatMap((of) => {
    const inTurn = of.toSorted((a, b) => a.from - b.from)
    return inTurn.slice(1).flatMap(({ story, seq, from, workload }, index) => {
      const before = inTurn[index]
      return before && (before.until === undefined || before.until > from)
        ? [breach('I5', story, seq, `${workload} was not free`)]
        : []
    })
  })
}

/** The times in which a rollback held its workload: it may let go and, for an undo, take it again. */
function holdings(story: Story, events: readonly Recorded<RollbackEvent>[]): readonly Holding[] {
  const [first] = events
  if (first?.event.kind !== 'rollback_requested') return []
  const { workload, rollback } = first.event
  const found: Holding[] = []
  let held: Holding | undefined
  // Events of one moment are one transaction: what holds is what stands at its end.
  for (const [index, { seq, at }] of events.entries()) {
    if (events[index + 1]?.at === at) continue
    const state = rollbackState(events.slice(0, index + 1), rollback)
    const holds = state !== undefined && isOpen(state)
    if (holds && !held) held = { story, workload, seq, from: at, until: undefined }
    if (!holds && held) {
      found.push({ ...held, until: at })
      held = undefined
    }
  }
  return held ? [...found, held] : found
}
