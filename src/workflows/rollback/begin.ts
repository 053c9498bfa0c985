import { freshApproval, roleLapsed, stillHolds } from '#domain/authority/standing.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { approvalExpiresAt } from '#domain/rollback/next-move.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { lookedAfter } from '#domain/rollback/phase.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { between } from '#domain/time.ts'
import { type Executor, NotAllowed } from '#ports/executor.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import { messageOf, planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** How long what is taken back with it is waited for. */
const alsoDeadlineMs = 3_000
/** Between looks while the platform does not answer. */
const retryEveryMs = 1_000

/** Starts only what was approved: looks again, and voids the approval when anything that was shown no longer holds. */
export async function begin(
  world: Pick<World, 'timeline' | 'policy' | 'executors' | 'directory' | 'catalogue' | 'clock'>,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { rollback } = turn
  const { clock } = world
  const { plan, executor } = planned(world, rollback)
  const [changed, lost] = await Promise.all([
    whatChanged(world.executors, executor, plan, signal),
    roleLost(world, turn),
  ])
  // Nothing was begun: looked at again until the approval expires.
  if (changed === 'unseen') return clock.pause(retryEveryMs, signal)
  const why = changed?.why ?? lost
  const { rollback: limits } = policyInForce(turn.state, world.policy)
  await write(
    world,
    turn,
    why === undefined
      ? [{ kind: 'execution_started', rollback: rollback.id }, ...superseded(turn), ...first(turn)]
      : [{ kind: 'approval_voided', rollback: rollback.id, why }],
    // However long the looks took: what has expired meanwhile begins nothing.
    approvalExpiresAt(rollback, limits),
  )
}

/** Earlier rollbacks of the workload are no longer looked after: what runs from now on is this one's. */
const superseded = ({ history, rollback }: Turn): readonly TimelineEvent[] =>
  rollbacksOf(history)
    .filter(({ workload, phase }) => workload === rollback.workload && lookedAfter.includes(phase))
    .map(({ id, checks }) => ({ kind: 'watch_ended', rollback: id, outcome: 'superseded', checks }))

/** The intent of the first step goes with the start: what is to be done next is certain by then. */
const first = ({ rollback }: Turn): readonly TimelineEvent[] =>
  rollback.steps.length > 0 ? [{ kind: 'step_started', rollback: rollback.id, step: 0 }] : []

/** `undefined` when what runs, and what it would go back to, are as the plan says; `unseen` while the platform does not answer. */
async function whatChanged(
  executors: World['executors'],
  executor: Executor,
  plan: Plan,
  signal: AbortSignal,
): Promise<{ readonly why: string } | 'unseen' | undefined> {
  try {
    const why =
      (await changedSince(executor, plan, signal)) ?? (await alsoChanged(executors, plan, signal))
    return why === undefined ? undefined : { why }
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof NotAllowed)
      return { why: `${plan.target.title} could not be looked at: ${messageOf(error)}` }
    return 'unseen'
  }
}

/** Where only a canary is taken away it is the canary, and what stands beside it, that must not have changed. */
const changedSince = (
  { promoter, changedSince: changed }: Executor,
  plan: Plan,
  signal: AbortSignal,
): Promise<string | undefined> =>
  plan.canary && promoter
    ? promoter.changedSince(plan.target, plan.precondition, signal)
    : changed(plan, signal)

/** What is taken back with it. Whoever does not answer for that holds up nothing: its step looks once more before it changes anything. */
async function alsoChanged(
  executors: World['executors'],
  { also = [] }: Plan,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(alsoDeadlineMs)])
  const seen = await Promise.all(
    also.map(async (part) => {
      try {
        return await executors.get(part.target.executor)?.changedSince(part, deadline)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Error) return undefined
        throw error
      }
    }),
  )
  return seen.find((why) => why !== undefined)
}

/** Roles count again at the start when the approval is not fresh. A directory that does not answer takes nothing back. */
async function roleLost(
  { directory, catalogue }: Pick<World, 'directory' | 'catalogue'>,
  { rollback, now }: Turn,
): Promise<string | undefined> {
  const service = catalogue.get(rollback.service)
  if (!service) return undefined
  const older = rollback.approvals.filter(({ at }) => between(at, now) >= freshApproval)
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const standings = await Promise.all(
    older.map(async (approval) => ({
      approval,
      standing: await directory.standing(approval.by, service, signal),
    })),
  )
  const lost = standings.find(({ approval, standing }) => !stillHolds(standing, approval.as))
  return lost && roleLapsed
}
