import { z } from 'zod'
import type { Warning } from '#domain/rollback/plan.ts'
import type { Workload } from '../objects.ts'
import { listIn, objectIn, textIn } from '../revision.ts'

/** Whether another version than the stable one is asked for, and the controller knows it: there is something to abort. */
export const isBetweenVersions = ({ status }: Workload): boolean =>
  status.currentPodHash !== undefined &&
  status.stableRS !== undefined &&
  status.currentPodHash !== status.stableRS

/** How far it is on its way, and what its analyses say. */
export function rolloutWarnings(workload: Workload): readonly Warning[] {
  const { status } = workload
  const aborted: readonly Warning[] =
    status.abort === true ? [{ kind: 'aborted', why: status.message ?? '' }] : []
  const steps = listIn(objectIn(strategyIn(workload)['canary'])['steps']).length
  const isStepping = isBetweenVersions(workload) && status.abort !== true && steps > 0
  const canary: readonly Warning[] = isStepping
    ? [{ kind: 'canary_step', step: Math.min(steps, (status.currentStepIndex ?? 0) + 1), steps }]
    : []
  return [...aborted, ...canary, ...analysesOf(workload), ...podsOfOwner(workload)]
}

/** A Deployment that lends its template and was never scaled down (`scaleDown: never`) rolls its own pods at once, past all steps. */
function podsOfOwner({ templateOwner }: Workload): readonly Warning[] {
  const { metadata, spec } = templateOwner ?? {}
  const count = spec ? (spec.replicas ?? 1) : 0
  return metadata && count > 0 ? [{ kind: 'pods_beside', name: metadata.name, count }] : []
}

const Analysis = z.object({
  name: z.string(),
  status: z.string(),
  message: z.string().optional(),
})

function analysesOf({ raw }: Workload): readonly Warning[] {
  const { canary, blueGreen } = objectIn(raw.status)
  return [
    objectIn(canary)['currentStepAnalysisRunStatus'],
    objectIn(canary)['currentBackgroundAnalysisRunStatus'],
    objectIn(blueGreen)['prePromotionAnalysisRunStatus'],
    objectIn(blueGreen)['postPromotionAnalysisRunStatus'],
  ].flatMap((one): readonly Warning[] => {
    const { data } = Analysis.safeParse(one)
    return data
      ? [{ kind: 'analysis', name: data.name, result: data.status, why: data.message ?? '' }]
      : []
  })
}

/** The Services by which users reach the stable version, as its strategy names them. */
export function servingServices(workload: Workload): readonly string[] {
  const { canary, blueGreen } = strategyIn(workload)
  return [objectIn(blueGreen)['activeService'], objectIn(canary)['stableService']]
    .map(textIn)
    .filter((name) => name !== '')
}

const strategyIn = ({ raw }: Workload) => objectIn(raw.spec['strategy'])
