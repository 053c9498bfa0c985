import { isSameJson, type Json } from '#domain/json.ts'
import type { CanaryGoal } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Leg } from '#ports/promoter.ts'
import type { Mover } from '../canary/mover.ts'
import { noLeg } from '#executors/closed.ts'
import { onlyWay } from '../canary/only-way.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Pod } from '../objects.ts'
import { imagesOf, revisionName, runningRevision } from '../revision.ts'
import { route } from '../route.ts'
import type { KubernetesTarget } from '../schema.ts'
import { verify } from '../verify.ts'
import { isReady, podsOf, readClusterUid, readKept, readPods, readWorkload } from '../workload.ts'
import { canaryPrecondition, type FlaggerCanaryLook, lookAtFlaggerCanary } from './canary-look.ts'
import { flaggerForward, flaggerHold } from './leg.ts'
import { lookAtFlagger } from './look.ts'
import { trafficShare } from './state.ts'

/** Versions that Flagger has in hand, moved by the gates at which it asks. */
export const flaggerMover = (parts: KubernetesParts): Mover => ({
  async find(target, signal) {
    const look = await lookAtFlaggerCanary(parts, target, signal)
    return {
      state: look.state,
      forward: async (share, operation) => flaggerForward(target, look, share, operation),
      away: (_pace, operation, inner) => away(parts, target, look, operation, inner),
      ways: async (_pace, operation, inner) => [
        onlyWay('deployment-undo', await away(parts, target, look, operation, inner)),
      ],
      hold: () => flaggerHold(look),
    }
  },
  changedSince: (target, precondition, signal) => changedSince(parts, target, precondition, signal),
  async verify(target, goal, signal) {
    if (goal.share === 0) return verify(parts, target, goal.stable, signal)
    if (goal.share === 100) return verify(parts, target, goal.canary, signal)
    return verifyShare(parts, target, goal, signal)
  },
})

/** The same as a rollback to what serves beside it. */
async function away(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { canary, stable, observed }: FlaggerCanaryLook,
  operation: string,
  signal: AbortSignal,
): Promise<Leg> {
  if (!canary) return noLeg([{ kind: 'unsupported', why: 'no canary is under way' }])
  const back = await route(parts, target, observed, stable.id, operation, signal)
  const { steps, differences, warnings, how, expectedMicros } = back
  const blockers = [...observed.blockers, ...back.blockers]
  return { steps, differences, warnings, how, expectedMicros, blockers, reaches: 0 }
}

async function changedSince(
  parts: KubernetesParts,
  { spec: target, title }: Checked<KubernetesTarget>,
  precondition: Json,
  signal: AbortSignal,
): Promise<string | undefined> {
  const api = apiOf(parts, target)
  const [cluster, workload, flagger] = await Promise.all([
    readClusterUid(api, signal),
    readWorkload(api, target, signal),
    lookAtFlagger(api, target, signal),
  ])
  if (!workload) return `${title} is gone`
  const now = canaryPrecondition(cluster, workload, flagger)
  if (isSameJson(now, precondition)) return undefined
  const before = precondition as Partial<typeof now>
  const { template } = workload.spec
  if (before.spec !== now.spec)
    return `${revisionName(template, imagesOf(template))} was deployed meanwhile`
  return before.phase === now.phase && before.share === now.share
    ? `${title} was changed meanwhile`
    : `Flagger went on to phase ${now.phase ?? 'none'} at ${now.share} % meanwhile`
}

/** Asserts that the version takes its share beside what serves, and that both are well. */
async function verifyShare(
  parts: KubernetesParts,
  { spec: target }: Checked<KubernetesTarget>,
  { share, canary }: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const api = apiOf(parts, target)
  const [workload, flagger] = await Promise.all([
    readWorkload(api, target, signal),
    lookAtFlagger(api, target, signal),
  ])
  if (!workload || !flagger)
    return [{ id: 'units', result: 'failed', text: `${target.name} or its Canary is gone` }]
  const kept = await readKept(api, target, workload, signal)
  const pods = await readPods(api, target, workload, kept, signal)
  const { primary } = flagger
  const stable = primary
    ? podsOf(primary.pods, primary.kept, runningRevision(primary.workload))
    : []
  const now = trafficShare(flagger)
  const isTried = runningRevision(workload) === canary.id && flagger.isTrying
  return [
    unitsCheck('canary', podsOf(pods, kept, canary.id)),
    unitsCheck('stable', stable),
    {
      id: 'serving',
      result: isTried && now === share ? 'passed' : 'failed',
      text: isTried
        ? `the canary takes ${now} %${now === share ? '' : ` instead of ${share} %`} by Flagger`
        : `Flagger has another version in hand, in phase ${flagger.phase}`,
    },
  ]
}

function unitsCheck(which: 'canary' | 'stable', pods: readonly Pod[]): Check {
  const ready = pods.filter(isReady).length
  return {
    id: 'units',
    result: ready > 0 && ready === pods.length ? 'passed' : 'failed',
    text: `${ready}/${pods.length} pods of the ${which} version ready`,
  }
}
