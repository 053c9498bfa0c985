import type { Deployment, ReplicaSet } from '../../objects.ts'
import type { Rollout, RolloutStatus } from '../../rollout-objects.ts'
import { type Context, counted } from '../context.ts'
import { blueGreen } from './blue-green.ts'
import { canary } from './canary.ts'
import {
  currentReplicaSet,
  hashOf,
  replicaSetsOf,
  revisionAnnotation,
  revisionOf,
} from './replica-sets.ts'

/** One look at a Rollout, as the controller of Argo Rollouts takes it after every change. */
export function reconcileRollout(context: Context, rollout: Rollout): void {
  const owner = templateOwner(context, rollout)
  if (owner === 'missing') return
  const current = currentReplicaSet(context, withTemplateOf(rollout, owner))
  const status = withoutPastAbort(withoutVainAbort(rollout.status ?? {}))
  if (status.currentPodHash !== hashOf(current))
    return report(context, rollout, begun(rollout, status, hashOf(current)), current)
  if (rollout.spec.paused) return report(context, rollout, status, current)
  const old = replicaSetsOf(context, rollout).filter((set) => hashOf(set) !== hashOf(current))
  const stable = old.find((set) => hashOf(set) === status.stableRS)
  const sets = { current, stable, others: old.filter((set) => set !== stable) }
  const look = rollout.spec.strategy.blueGreen ? blueGreen : canary
  report(context, rollout, look(context, rollout, status, sets), current)
}

/** The Deployment that lends it a template; `undefined` where it has its own. */
function templateOwner(
  { store }: Context,
  { metadata, spec }: Rollout,
): Deployment | 'missing' | undefined {
  if (!spec.workloadRef) return undefined
  return store.get('Deployment', metadata.namespace ?? '', spec.workloadRef.name) ?? 'missing'
}

function withTemplateOf(rollout: Rollout, owner: Deployment | undefined): Rollout {
  if (!owner) return rollout
  const { template, selector } = owner.spec
  return {
    ...rollout,
    spec: { ...rollout.spec, template, selector: { ...selector, ...rollout.spec.selector } },
  }
}

/** With nothing in progress there is nothing to abort. */
function withoutVainAbort(status: RolloutStatus): RolloutStatus {
  if (status.stableRS !== status.currentPodHash) return status
  const { abort: _, ...rest } = status
  return rest
}

/** One that was retried has never been aborted. */
function withoutPastAbort(status: RolloutStatus): RolloutStatus {
  if (status.abort) return status
  const { abortedAt: _, ...rest } = status
  return rest
}

/** Another template forgets what was asked of the one before. Back to the stable one, no steps are left. */
function begun({ spec }: Rollout, status: RolloutStatus, hash: string): RolloutStatus {
  const { stableRS, blueGreen: services } = status
  const steps = spec.strategy.canary?.steps?.length ?? 0
  return {
    currentPodHash: hash,
    ...(stableRS === undefined ? {} : { stableRS }),
    ...(steps > 0 ? { currentStepIndex: hash === stableRS ? steps : 0 } : {}),
    ...(services ? { blueGreen: services } : {}),
  }
}

function report(
  context: Context,
  rollout: Rollout,
  status: RolloutStatus,
  current: ReplicaSet,
): void {
  const sets = replicaSetsOf(context, rollout)
  const sum = (of: (set: ReplicaSet) => number | undefined) =>
    sets.reduce((total, set) => total + (of(set) ?? 0), 0)
  const own = sets.find((set) => hashOf(set) === hashOf(current)) ?? current
  const counts = {
    replicas: sum((set) => set.status.replicas),
    updatedReplicas: own.status.replicas ?? 0,
    readyReplicas: sum((set) => set.status.readyReplicas),
    availableReplicas: sum((set) => set.status.availableReplicas),
  }
  const [phase, message] = phaseOf(rollout, status, counts, own)
  const { metadata } = rollout
  context.store.put('Rollout', {
    ...rollout,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [revisionAnnotation]: String(revisionOf(own)) },
    },
    status: {
      ...status,
      ...counted(counts),
      ...observed(templateOwner(context, rollout)),
      observedGeneration: String(metadata.generation),
      phase,
      ...(message === '' ? {} : { message }),
    },
  })
}

const observed = (owner: ReturnType<typeof templateOwner>) =>
  typeof owner === 'object' ? { workloadObservedGeneration: String(owner.metadata.generation) } : {}

function phaseOf(
  { spec }: Rollout,
  { abort, pauseConditions, stableRS, currentPodHash, blueGreen: services }: RolloutStatus,
  counts: { readonly replicas: number; readonly updatedReplicas: number },
  own: ReplicaSet,
): readonly [phase: string, message: string] {
  const wanted = spec.replicas ?? 1
  if (abort)
    return ['Degraded', `RolloutAborted: Rollout aborted update to revision ${revisionOf(own)}`]
  if (spec.paused) return ['Paused', 'manually paused']
  if (pauseConditions?.[0]) return ['Paused', pauseConditions[0].reason]
  if (counts.updatedReplicas < wanted) return ['Progressing', 'more replicas need to be updated']
  if ((own.status.availableReplicas ?? 0) < counts.updatedReplicas)
    return ['Progressing', 'updated replicas are still becoming available']
  if (spec.strategy.blueGreen && services?.activeSelector !== currentPodHash)
    return ['Progressing', 'active service cutover pending']
  if (spec.strategy.canary && counts.replicas > counts.updatedReplicas)
    return ['Progressing', 'old replicas are pending termination']
  if (stableRS !== currentPodHash) return ['Progressing', 'waiting for all steps to complete']
  return ['Healthy', '']
}
