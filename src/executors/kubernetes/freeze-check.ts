import type { KubernetesApi, PatchOperation } from './api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { freezeName } from './freeze-map.ts'
import { Workload } from './objects.ts'
import { workloadPath } from './paths.ts'
import { fieldManager } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'
import { readWorkload } from './workload.ts'

/** A dry run that puts this on a workload is refused to everybody by the policy, in words that say whether the workload is frozen. */
const annotation = 'countermand.dev/freeze-check'
/** What the policy says: whether there is an entry, and whether it would stop this very account, too. */
const Words = /The freeze (acts|would act)(?: on (.+), too)?\.$/

export type FreezeSeen =
  | { readonly kind: 'acts' | 'could_act' | 'policy_absent' | 'workload_gone' }
  /** It would refuse the rollback itself. */
  | { readonly kind: 'acts_on_us'; readonly account: string }
  | { readonly kind: 'unclear'; readonly why: string }
  | { readonly kind: 'unanswered'; readonly error: unknown }

/** Asks the API server itself, by a dry run: whether an entry acts depends on four objects, and on when the server has heard of them. */
export async function seeFreeze(
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<FreezeSeen> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) return { kind: 'workload_gone' }
  try {
    const query = { fieldManager, dryRun: 'All' }
    await api.patch(workloadPath(target), markedBy(workload, mark), Workload, query, signal)
    return { kind: 'policy_absent' }
  } catch (error) {
    if (isUnknownOutcome(error)) return { kind: 'unanswered', error }
    if (!(error instanceof ApiFailure)) throw error
    if (!hasCode(error, 403, 422) || !error.message.includes(freezeName))
      return { kind: 'unclear', why: error.message }
    const [, verb, account] = Words.exec(error.message) ?? []
    if (account !== undefined) return { kind: 'acts_on_us', account }
    return { kind: verb === 'acts' ? 'acts' : 'could_act' }
  }
}

function markedBy({ metadata }: Workload, mark: string): readonly PatchOperation[] {
  const path = `/metadata/annotations/${annotation.replace('/', '~1')}`
  return metadata.annotations
    ? [{ op: 'add', path, value: mark }]
    : [{ op: 'add', path: '/metadata/annotations', value: { [annotation]: mark } }]
}
