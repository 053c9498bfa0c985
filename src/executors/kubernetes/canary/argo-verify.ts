import type { CanaryGoal } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Pod, Workload } from '../objects.ts'
import { runningRevision } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { isReady, podsOf, readKept, readPods, readWorkload } from '../workload.ts'
import { shareOf } from './argo-look.ts'

/** Asserts that the canary takes its share beside the stable version, and that both are well. */
export async function verifyShare(
  parts: KubernetesParts,
  { spec: target }: Checked<KubernetesTarget>,
  { share, canary, stable }: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const api = apiOf(parts, target)
  const workload = await readWorkload(api, target, signal)
  if (!workload) return [{ id: 'units', result: 'failed', text: `${target.name} is gone` }]
  const kept = await readKept(api, target, workload, signal)
  const pods = await readPods(api, target, workload, kept, signal)
  return [
    unitsCheck('canary', podsOf(pods, kept, canary.id)),
    unitsCheck('stable', podsOf(pods, kept, stable.id)),
    servingCheck(workload, canary.id, share),
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

function servingCheck(workload: Workload, canary: string, share: number): Check {
  const failed = (text: string): Check => ({ id: 'serving', result: 'failed', text })
  if (runningRevision(workload) !== canary) return failed('another version is asked for by now')
  if (workload.status.abort === true) return failed('its rollout was aborted')
  const now = shareOf(workload)
  return now === share
    ? { id: 'serving', result: 'passed', text: `the canary takes ${now} %` }
    : failed(`the canary takes ${now} % instead of ${share} %`)
}
