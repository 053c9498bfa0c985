import type { z } from 'zod'
import type { Target } from '#domain/service.ts'
import { NotAllowed } from '#ports/executor.ts'
import { type KubernetesApi, type PatchOperation, pause } from './api.ts'
import type { KubernetesParts } from './context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { freezeName } from './freeze-map.ts'
import { servicePath } from './blue-green/colours.ts'
import { KubernetesService, Workload } from './objects.ts'
import { fieldManager } from './rollout.ts'
import { KubernetesTarget } from './schema.ts'
import { readWorkload, workloadPath } from './workload.ts'

/** Between looks, and between attempts, which take as many times as long each time. */
export const retryMs = 50

/** A dry run that puts this on a workload is refused to everybody by the policy, in words that say whether it acts. */
interface Probe {
  readonly policy: string
  readonly annotation: string
  readonly mark: string
}
/** What the policies say: whether there is something to refuse, and whether it would stop this very account, too. */
const Words = /The (?:freeze|hold) (acts|would act)(?: on (.+), too)?\.$/

export type PolicySeen =
  | { readonly kind: 'acts' | 'could_act' | 'policy_absent' | 'workload_gone' }
  /** It would refuse the rollback itself. */
  | { readonly kind: 'acts_on_us'; readonly account: string; readonly isActing: boolean }
  | { readonly kind: 'unclear'; readonly why: string }
  | { readonly kind: 'unanswered'; readonly error: unknown }

/** Whether the workload is frozen. `mark`: anything that differs from look to look. */
export const seeFreeze = (
  api: KubernetesApi,
  target: KubernetesTarget,
  mark: string,
  signal: AbortSignal,
): Promise<PolicySeen> => seen(api, target, { ...freezeProbe, mark }, signal)

const freezeProbe = { policy: freezeName, annotation: 'countermand.dev/freeze-check' } as const

/** Whether a freeze would keep somebody from changing what a Service selects. */
export async function seeServiceFreeze(
  api: KubernetesApi,
  target: KubernetesTarget,
  service: string,
  signal: AbortSignal,
): Promise<PolicySeen> {
  const path = servicePath(target, service)
  const found = await api.get(path, KubernetesService, signal)
  if (!found) return { kind: 'workload_gone' }
  const probe = { ...freezeProbe, mark: 'examined' }
  return seenOn(api, { path, object: found, schema: KubernetesService }, probe, signal)
}

/** Whether the hold of that name is one that the API server knows, and acts on. */
export const seeHold = (
  api: KubernetesApi,
  target: KubernetesTarget,
  { hold, mark }: { readonly hold: string; readonly mark: string },
  signal: AbortSignal,
): Promise<PolicySeen> =>
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
): Promise<PolicySeen> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) return { kind: 'workload_gone' }
  const path = workloadPath(target)
  return seenOn(api, { path, object: workload, schema: Workload }, probe, signal)
}

async function seenOn(
  api: KubernetesApi,
  {
    path,
    object,
    schema,
  }: {
    readonly path: string
    readonly object: Pick<Workload, 'metadata'>
    readonly schema: z.ZodType
  },
  probe: Probe,
  signal: AbortSignal,
): Promise<PolicySeen> {
  try {
    const query = { fieldManager, dryRun: 'All' }
    await api.patch(path, markedBy(object, probe), schema, query, signal)
    return { kind: 'policy_absent' }
  } catch (error) {
    if (isUnknownOutcome(error)) return { kind: 'unanswered', error }
    if (!(error instanceof ApiFailure)) throw error
    if (!hasCode(error, 403, 422) || !error.message.includes(probe.policy))
      return { kind: 'unclear', why: error.message }
    const [, verb, account] = Words.exec(error.message) ?? []
    if (account !== undefined) return { kind: 'acts_on_us', account, isActing: verb === 'acts' }
    return { kind: verb === 'acts' ? 'acts' : 'could_act' }
  }
}

function markedBy(
  { metadata }: Pick<Workload, 'metadata'>,
  { annotation, mark }: Probe,
): readonly PatchOperation[] {
  const path = `/metadata/annotations/${annotation.replace('/', '~1')}`
  return metadata.annotations
    ? [{ op: 'add', path, value: mark }]
    : [{ op: 'add', path: '/metadata/annotations', value: { [annotation]: mark } }]
}

/** Whether the configuration says that the policies of `deploy/freeze.yaml` are in the target's cluster. */
export function isPoliced(
  { freezing }: Pick<KubernetesParts, 'freezing'>,
  { spec }: Target,
): boolean {
  const { data } = KubernetesTarget.safeParse(spec)
  return data !== undefined && (freezing?.has(data.cluster) ?? false)
}

/** Looks until the API server itself says that it is so: anything else would be a guess. Throws what `late` makes of the last look. */
export async function untilSeen(
  api: KubernetesApi,
  look: (waited: number) => Promise<PolicySeen>,
  {
    isSo,
    late,
  }: {
    /** What it throws ends the waiting. */
    readonly isSo: (seen: PolicySeen) => boolean | Promise<boolean>
    readonly late: (seen: PolicySeen) => unknown
  },
  signal: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += retryMs) {
    const seen = await look(waited)
    if (await isSo(seen)) return
    if (waited >= api.waits.policyMs) throw late(seen)
    await pause(retryMs, signal)
  }
}

/** Looks until a freeze or a hold acts; throws what `cannot` makes of the reason when it will not, or must not. */
export const untilItActs = (
  api: KubernetesApi,
  look: (waited: number) => Promise<PolicySeen>,
  {
    what,
    policy,
    target,
    gone,
    cannot,
  }: {
    readonly what: 'freeze' | 'hold'
    readonly policy: string
    readonly target: KubernetesTarget
    /** Said where there is no workload any more. */
    readonly gone: string
    readonly cannot: (why: string) => Error
  },
  signal: AbortSignal,
): Promise<void> =>
  untilSeen(
    api,
    look,
    {
      isSo(seen) {
        if (seen.kind === 'workload_gone') throw cannot(gone)
        if (seen.kind === 'acts_on_us') throw cannot(stopsUs(policy, seen.account))
        return seen.kind === 'acts'
      },
      late: (seen) =>
        seen.kind === 'unanswered'
          ? seen.error
          : cannot(whyItDoesNotAct(seen, what, policy, target)),
    },
    signal,
  )

/** Without the right to try it, what is gone has to do. */
export function unseen(error: unknown): PolicySeen {
  if (error instanceof NotAllowed) return { kind: 'could_act' }
  throw error
}

/** A policy must never stop the rollback that it protects. */
export const stopsUs = (policy: string, account: string): string =>
  `the policy ${policy} would stop Countermand itself: name ${account} in its variable mayPass`

/** Whether it goes on refusing, as far as one sees. */
export const mayStillAct = (seen: PolicySeen): boolean =>
  seen.kind === 'acts_on_us' ? seen.isActing : ['acts', 'unclear', 'unanswered'].includes(seen.kind)

/** Why it is not known to have let go; `refusing` says what goes on where it is known that it has not. */
export function whyItStillActs(seen: PolicySeen, refusing: string): unknown {
  switch (seen.kind) {
    case 'unanswered':
      return seen.error
    case 'unclear':
      return new Error(`whether deploys are taken again could not be checked: ${seen.why}`)
    default:
      return new Error(refusing)
  }
}

/** Why it is not known to act, and what whoever runs the platform has to do. */
function whyItDoesNotAct(
  seen: PolicySeen,
  what: 'freeze' | 'hold',
  policy: string,
  { namespace }: KubernetesTarget,
): string {
  switch (seen.kind) {
    case 'unclear':
      return `whether the ${what} acts could not be checked: ${seen.why}`
    case 'could_act':
      return `the policy ${policy} acts in ${namespace}, but the API server has not noticed the ${what} within 2 s: try again, and restart the API server if it stays so`
    default:
      return `the policy ${policy} does not act in ${namespace}: apply deploy/freeze.yaml and label the namespace countermand.dev/freeze=on; where the policy was deleted and made again, restart the API server`
  }
}
