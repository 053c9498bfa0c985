import { collectGarbage } from './collect-garbage.ts'
import { reconcileRollout } from './argo/rollout.ts'
import type { Context } from './context.ts'
import { reconcileDaemonSet } from './daemon-set.ts'
import { reconcileDeployment } from './deployment.ts'
import { reconcileEndpoints } from './endpoints.ts'
import { reconcileReplicaSet } from './replica-set.ts'
import { reconcileStatefulSet } from './stateful-set.ts'

/** One pass of the controller manager over everything there is. */
export function reconcileAll(context: Context, nodes: readonly string[]): void {
  const { store } = context
  collectGarbage(store)
  for (const deployment of store.list('Deployment')) reconcileDeployment(context, deployment)
  for (const rollout of store.list('Rollout')) reconcileRollout(context, rollout)
  for (const set of store.list('ReplicaSet')) reconcileReplicaSet(context, set)
  for (const set of store.list('StatefulSet')) reconcileStatefulSet(context, set)
  for (const set of store.list('DaemonSet')) reconcileDaemonSet(context, set, nodes)
  for (const service of store.list('Service')) reconcileEndpoints(context, service)
}
