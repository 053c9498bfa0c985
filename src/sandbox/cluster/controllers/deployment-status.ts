import type { Condition, Deployment, ReplicaSet } from '../objects.ts'
import { type Context, stamp } from './context.ts'
import { limits } from './rollout.ts'

/** The real controller corrects an exceeded deadline one write after it has seen the new generation. */
const staleDeadlineMs = 25

/** Writes counts and conditions; whether the rollout is complete. */
export function reportDeployment(
  context: Context,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  isNewSet: boolean,
): boolean {
  const { generation = 1 } = deployment.metadata
  const before = deployment.status
  const all = current ? [current, ...old] : old
  const counts = {
    replicas: sum(all, 'replicas'),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum(all, 'readyReplicas'),
    availableReplicas: sum(all, 'availableReplicas'),
    unavailableReplicas: Math.max(0, deployment.spec.replicas - sum(all, 'availableReplicas')),
  }
  const isComplete =
    counts.updatedReplicas === deployment.spec.replicas &&
    counts.replicas === deployment.spec.replicas &&
    counts.availableReplicas === deployment.spec.replicas
  const progress = progressing(context, deployment, current, counts, { isComplete, isNewSet })
  const conditions = [available(context, deployment, counts.availableReplicas), progress]
  context.store.put('Deployment', {
    ...deployment,
    status: {
      observedGeneration: generation,
      ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      terminatingReplicas: sum(all, 'terminatingReplicas'),
      conditions: conditions.map((condition) => settle(before.conditions, condition)),
    },
  })
  return isComplete
}

type Counts = Record<'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas', number>

function progressing(
  context: Context,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: Counts,
  { isComplete, isNewSet }: { isComplete: boolean; isNewSet: boolean },
): Condition {
  const { status, spec, metadata } = deployment
  const before = status.conditions?.find(({ type }) => type === 'Progressing')
  const set = current?.metadata.name ?? ''
  const at = stamp(context)
  const say = (state: Condition['status'], reason: string, message: string): Condition => ({
    type: 'Progressing',
    status: state,
    reason,
    message,
    lastUpdateTime: at,
    lastTransitionTime: at,
  })
  if (spec.paused)
    return before?.reason === 'DeploymentPaused'
      ? before
      : say('Unknown', 'DeploymentPaused', 'Deployment is paused')
  if (
    before?.reason === 'ProgressDeadlineExceeded' &&
    status.observedGeneration !== metadata.generation
  ) {
    context.again(staleDeadlineMs)
    return before
  }
  if (isComplete) {
    const message = `ReplicaSet "${set}" has successfully progressed.`
    return before?.reason === 'NewReplicaSetAvailable' && before.message === message
      ? before
      : say('True', 'NewReplicaSetAvailable', message)
  }
  if (isNewSet) return say('True', 'NewReplicaSetCreated', `Created new replica set "${set}"`)
  if (before === undefined || hasMoved(status, counts) || before.reason === 'DeploymentPaused')
    return say('True', 'ReplicaSetUpdated', `ReplicaSet "${set}" is progressing.`)
  return overdue(context, spec.progressDeadlineSeconds, before)
    ? say('False', 'ProgressDeadlineExceeded', `ReplicaSet "${set}" has timed out progressing.`)
    : before
}

function hasMoved(before: Deployment['status'], now: Counts): boolean {
  const oldBefore = (before.replicas ?? 0) - (before.updatedReplicas ?? 0)
  return (
    now.updatedReplicas > (before.updatedReplicas ?? 0) ||
    now.replicas - now.updatedReplicas < oldBefore ||
    now.readyReplicas > (before.readyReplicas ?? 0) ||
    now.availableReplicas > (before.availableReplicas ?? 0)
  )
}

/** A finished rollout cannot time out any more, and a reported one is reported once. */
function overdue(context: Context, deadlineSeconds: number, before: Condition): boolean {
  if (before.reason === 'NewReplicaSetAvailable' || before.reason === 'ProgressDeadlineExceeded')
    return false
  const end = Date.parse(before.lastUpdateTime ?? '') + deadlineSeconds * 1_000
  const left = end - context.now().getTime()
  if (left > 0) context.again(left)
  return left <= 0
}

function available(context: Context, deployment: Deployment, count: number): Condition {
  const isEnough = count >= deployment.spec.replicas - limits(deployment).unavailable
  const at = stamp(context)
  return {
    type: 'Available',
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: `Deployment ${isEnough ? 'has' : 'does not have'} minimum availability.`,
    lastUpdateTime: at,
    lastTransitionTime: at,
  }
}

/** Keeps the old times where nothing was said anew, and the transition time where only the reason changed. */
function settle(before: readonly Condition[] | undefined, now: Condition): Condition {
  const last = before?.find(({ type }) => type === now.type)
  if (last === undefined || last.status !== now.status) return now
  if (last.reason === now.reason && last.message === now.message && now.type === 'Available')
    return last
  return last.lastTransitionTime === undefined
    ? now
    : { ...now, lastTransitionTime: last.lastTransitionTime }
}

const sum = (
  sets: readonly ReplicaSet[],
  count: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number => sets.reduce((total, set) => total + (set.status[count] ?? 0), 0)
