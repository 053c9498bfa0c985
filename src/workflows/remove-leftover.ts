import type { PromotionId, RollbackId, ServiceId, WorkloadId } from '#domain/ids.ts'
import type { LeftBehind, LeftoverEvent } from '#domain/leftover.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, type Micros, minutes, plus } from '#domain/time.ts'
import { Superseded } from '#ports/executor.ts'
import { WorkloadTaken } from '#ports/store.ts'
import { type NotMade, tryUntilBudget } from './rollback/try-until-budget.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock'>

/** So long a platform that does not answer is asked again. */
const budget = minutes(10)
/** Nobody waits for a platform that does not answer while somebody is to be called. */
const once = minutes(0)
/** Before what ended halfway is tried once more. */
const againMs = 2_000
/** So many of the rollbacks that had the workload last are looked at, also where their incidents are closed. */
const mostLooked = 5

/** What a switch left behind, with the record of the promotion or the rollback that tells what becomes of it. */
export interface LeftOnRecord {
  readonly leftover: LeftBehind
  readonly of: PromotionId | RollbackId
  readonly service: ServiceId
  readonly workload: WorkloadId
  readonly executor: string
  /** When its removal was begun last; a restart gives it no more time. */
  readonly begunAt: Instant | undefined
  readonly now: Instant
  /** Throws `StaleSequence` when somebody wrote meanwhile, `WorkloadTaken` where somebody else moves the workload. */
  write(event: LeftoverEvent): Promise<void>
  isStillAsked(): Promise<boolean>
}

/** Has it taken away, unless somebody may need it yet: then it is asked again in a minute. Takes the workload. */
export async function clearLeftover(ports: Ports, left: LeftOnRecord): Promise<void> {
  const found = await inTheWay(ports, left)
  if (found) return stays(left, found)
  try {
    await left.write({ kind: 'leftover_removal_begun' })
  } catch (error) {
    // People have decided otherwise.
    if (!(error instanceof WorkloadTaken)) throw error
    await stays(left, beingMoved(left))
  }
}

/** However long ago it was begun: an incident that was opened since keeps it, and nothing more is tried once it was called off. */
export async function removeLeftover(
  ports: Ports,
  left: LeftOnRecord,
  signal: AbortSignal,
): Promise<void> {
  const found = await inTheWay(ports, left)
  if (found) return stays(left, found)
  const executor = ports.executors.get(left.executor)
  const tried = (within: Micros): Promise<NotMade | undefined> =>
    tryUntilBudget(
      ports,
      { now: left.begunAt ?? left.now, budget: within },
      async () => {
        // Whoever called it off may go to what is left behind this very moment; what is written of it from here on is stale.
        if (!(await left.isStillAsked())) throw new Superseded('it was called off meanwhile')
        if (!executor) throw new Error(`No executor for ${left.executor}`)
        await executor.apply(left.leftover.step.change, `${left.of}.leftover`, signal)
      },
      signal,
    )
  const first = await tried(budget)
  if (first?.left !== 'halfway') return left.write(outcomeOf(first))
  // A refusal may have been a passing one, and whoever is called takes minutes; applied again it puts right what is half done.
  await ports.clock.pause(againMs, signal)
  const second = await tried(once)
  // What is known of the first is not called less by a second that could not even look.
  await left.write(outcomeOf(second === undefined || second.left === 'halfway' ? second : first))
}

function outcomeOf(outcome: NotMade | undefined): LeftoverEvent {
  if (!outcome) return { kind: 'leftover_removed' }
  const { message: why, left: needs, changed } = outcome
  if (needs) return { kind: 'leftover_left', why, needs }
  return changed === 'maybe'
    ? { kind: 'leftover_left', why, needs: 'maybe' }
    : { kind: 'leftover_left', why }
}

type Stays = Extract<LeftoverEvent, { kind: 'leftover_kept' | 'leftover_left' }>

/** Said once, however often it is asked. */
async function stays({ leftover, write }: LeftOnRecord, found: Stays): Promise<void> {
  const isSaid = leftover.phase === 'kept' && leftover.why === found.why
  if (found.kind === 'leftover_kept' && isSaid) return
  await write(found)
}

/** Why the way back must stay as short as it is; for good once somebody has gone another way back. */
async function inTheWay(
  { timeline }: Pick<World, 'timeline'>,
  left: LeftOnRecord,
): Promise<Stays | undefined> {
  const { service, workload, of, leftover } = left
  const [incidents, rollbacks, holder] = await Promise.all([
    timeline.openIncidentsAbout(service),
    timeline.rollbacksOn(workload, mostLooked),
    timeline.holder(workload),
  ])
  const looked = new Set([...incidents, ...rollbacks.map(({ incident }) => incident)])
  const histories = await Promise.all([...looked].map((incident) => timeline.read(incident)))
  const isPast = histories
    .flatMap(rollbacksOf)
    .some(
      ({ id, workload: own, startedAt }) =>
        id !== of &&
        own === workload &&
        startedAt !== undefined &&
        plus(startedAt, leftover.keptMicros) > leftover.dueAt,
    )
  if (isPast) return { kind: 'leftover_left', why: `a rollback of ${service} has been begun since` }
  if (incidents.length > 0)
    return { kind: 'leftover_kept', why: `an incident of ${service} is open` }
  return holder && holder.rollback !== of ? beingMoved(left) : undefined
}

const beingMoved = ({ service }: LeftOnRecord): Stays => ({
  kind: 'leftover_kept',
  why: `a rollback or another promotion of ${service} is under way`,
})
