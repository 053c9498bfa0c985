import type { AutomationFacts } from '#domain/automation/decide.ts'
import type { RevisionId, WorkloadId } from '#domain/ids.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import type { World } from '#workflows/world.ts'

/** Enough to find the last one that was carried out, however many were turned down since. */
const mostLooked = 50

/** What rollbacks of the workload, in whatever incident, mean for rolling back what runs. */
export async function pastOf(
  { timeline }: Pick<World, 'timeline'>,
  workload: WorkloadId,
  running: RevisionId,
): Promise<Pick<AutomationFacts, 'cameBy' | 'people'>> {
  const known = await timeline.rollbacksOn(workload, mostLooked)
  const states: RollbackState[] = []
  for (const { incident, rollback } of known) {
    const state = rollbackState(await timeline.read(incident), rollback)
    // One that only had it stand still says nothing of its versions.
    if (state?.workload !== workload) continue
    states.push(state)
    // Nothing before it says anything about what runs.
    if (state.startedAt !== undefined) break
  }
  const isWhole = known.length < mostLooked
  return { cameBy: cameBy(states, running, isWhole), people: people(states, running) }
}

function cameBy(
  states: readonly RollbackState[],
  running: RevisionId,
  isWhole: boolean,
): AutomationFacts['cameBy'] {
  const last = states.find(({ startedAt }) => startedAt !== undefined)
  if (!last) return isWhole ? 'deploy' : 'unknown'
  if (last.plan?.to.id === running) return 'rollback'
  return last.plan?.from.id === running ? 'undo' : 'deploy'
}

function people(states: readonly RollbackState[], running: RevisionId): AutomationFacts['people'] {
  const [newest] = states
  if (newest && isOpen(newest)) {
    const isAsked = newest.phase === 'awaiting_approval' && newest.countdown === undefined
    return isAsked ? 'asked' : 'under_way'
  }
  const declined = states.some(
    ({ phase, plan, ended }) =>
      plan?.from.id === running &&
      (phase === 'rejected' || (phase === 'cancelled' && ended?.by !== undefined)),
  )
  return declined ? 'declined' : 'not_asked'
}
