import type { KubernetesApi, PatchOperation } from './api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { freezeName } from './freeze-map.ts'
import { Workload } from './objects.ts'
import { workloadPath } from './paths.ts'
import { fieldManager } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'
import { readWorkload } from './workload.ts'

/** A dry run that puts this on a workload is refused to everybody by the policy, in words that say whether it acts. */
interface Probe {
  readonly policy: string
  readonly annotation: string
  readonly mark: string
}
/** What the policies say: whether there is something to refuse, and whether it would stop this very account, too. */
const Words = /The (?:freeze|hold) (acts|would act)(?: on (.+), too)?\.$/

export type FreezeSeen =
  | { readonly kind: 'acts' | 'could_act' | 'policy_absent' | 'workload_gone' }
  /** It would refuse the rollback itself. */
  | { readonly kind: 'acts_on_us'; readonly account: string }
  | { readonly kind: 'unclear'; readonly why: string }
  | { readonly kind: 'unanswered'; readonly error: unknown }

/** Whether the workload is frozen. `mark`: anything that differs from look to look. */
export const seeFreeze = (
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<FreezeSeen> =>
  seen(
    api,
    target,
    { policy: freezeName, annotation: 'countermand.dev/freeze-check', mark },
    signal,
  )

/** Whether the hold of that name is one that the API server knows, and acts on. */
export const seeHold = (
  api: KubernetesApi,
  target: KubernetesTarget,
  { hold, mark }: { readonly hold: string; readonly mark: string },
  signal: AbortSignal,
): Promise<FreezeSeen> =>
  seen(
    api,
    target,
    {
      policy: holdName,
      annotation: 'countermand.dev/hold-check',
      mark: `${hold} ${mark}`,
    },
    signal,
  )

/** Of the policy and its binding, and of a PodTemplate in every namespace that refuses nothing: by it one sees that the policy acts. */
export const holdName = 'countermand-hold'

/** Asks the API server itself, by a dry run: whether a policy acts depends on four objects, and on when the server has heard of them. */
async function seen(
  api: KubernetesApi,
  target: KubernetesTarget,
  probe: Probe,
  signal: AbortSignal,
): Promise<FreezeSeen> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) return { kind: 'workload_gone' }
  try {
    const query = { fieldManager, dryRun: 'All' }
    await api.patch(workloadPath(target), markedBy(workload, probe), Workload, query, signal)
    return { kind: 'policy_absent' }
  } catch (error) {
    if (isUnknownOutcome(error)) return { kind: 'unanswered', error }
    if (!(error instanceof ApiFailure)) throw error
    if (!hasCode(error, 403, 422) || !error.message.includes(probe.policy))
      return { kind: 'unclear', why: error.message }
    const [, verb, account] = Words.exec(error.message) ?? []
    if (account !== undefined) return { kind: 'acts_on_us', account }
    return { kind: verb === 'acts' ? 'acts' : 'could_act' }
  }
}

function markedBy({ metadata }: Workload, { annotation, mark }: Probe): readonly PatchOperation[] {
  const path = `/metadata/annotations/${annotation.replace('/', '~1')}`
  return metadata.annotations
    ? [{ op: 'add', path, value: mark }]
    : [{ op: 'add', path: '/metadata/annotations', value: { [annotation]: mark } }]
}
