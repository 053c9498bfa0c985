import { Workload } from '#executors/kubernetes/objects.ts'
import { runningRevision } from '#executors/kubernetes/revision.ts'
import type { ChangeOf } from '#executors/kubernetes/schema.ts'
import { weightsFor, weightsOf } from '#executors/kubernetes/traffic/division.ts'
import { readDivision } from '#executors/kubernetes/traffic/read.ts'
import { shiftTraffic } from '#executors/kubernetes/traffic/shift.ts'
import type { TrafficWorld } from './traffic-world.ts'
import { signal } from './world.ts'

export const division = (w: TrafficWorld) => readDivision(w.api, w.spec, w.traffic, signal())

/** The change that brings the canary to `share` percent, planned now. */
export async function change(w: TrafficWorld, share: number): Promise<ChangeOf<'set_weights'>> {
  const seen = await division(w)
  const { uid } = await w.executor
    .observe(w.target, signal())
    .then(({ precondition }) => precondition as { readonly uid: string })
  return {
    kind: 'set_weights',
    target: w.spec,
    workload: w.target.workload,
    cluster: 'prod',
    uid,
    canary: { deployment: 'checkout-canary', ...(await whatRuns(w, 'checkout-canary')) },
    stable: { revision: (await whatRuns(w, 'checkout')).revision },
    routeUid: seen.metadata.uid,
    weights: weightsFor(seen, share),
    expect: [weightsOf(seen)],
    holdSeconds: 0,
  }
}
async function whatRuns(w: TrafficWorld, deployment: string) {
  const workload = await w.api.get(w.deploymentPath(deployment), Workload, signal())
  if (!workload) throw new Error(`there is no ${deployment}`)
  return { uid: workload.metadata.uid, revision: runningRevision(workload) }
}

export const shift = (w: TrafficWorld, made: ChangeOf<'set_weights'>, operation = 'rb_1.0') =>
  shiftTraffic(w.api, made, operation, signal())
