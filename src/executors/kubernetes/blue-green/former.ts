import type { Leftover } from '#domain/leftover.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { minutes } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import { lacking } from '../access.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { syncOwners } from '../gitops/owners.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf, KubernetesTarget } from '../schema.ts'
import { step } from '../steps.ts'
import { wantedOf } from '../workload.ts'
import type { Colour, Colours } from './colours.ts'

type Own = Checked<KubernetesTarget>

/** The colour that was left is the quick way back for so long (policy §3); then it goes to no pods. */
const keptMicros = minutes(5)

/**
 * What becomes of the colour that serves now once the other one does, and why it stays where it does: somebody wants it kept, whoever
 * brings it what Git has would start it again, or nobody lets us scale it.
 */
export async function formerOf(
  parts: KubernetesParts,
  target: Own,
  { cluster, found }: { readonly cluster: string; readonly found: Colours },
  signal: AbortSignal,
): Promise<{ readonly leftover: Leftover | undefined; readonly stays: string | undefined }> {
  const { active, idle } = found
  const { spec, workload } = active
  if (target.spec.blueGreen?.keepFormer) return { leftover: undefined, stays: undefined }
  const [missing, owners] = await Promise.all([
    lacking(apiOf(parts, spec), spec, [scales(spec.name)], signal),
    syncOwners(parts, spec, workload, signal),
  ])
  if (missing.length > 0) return { leftover: undefined, stays: 'it may not be scaled from here' }
  const brought = owners.find(({ syncs }) => syncs.kind !== 'when_asked')
  if (brought)
    return { leftover: undefined, stays: `${brought.tool} would bring them back from Git` }
  const retired = retirement(target, cluster, found, { of: active, selector: idle.selector })
  return { leftover: { name: spec.name, keptMicros, step: retired }, stays: undefined }
}

const scales = (name: string) =>
  ({ verb: 'patch', group: 'apps', resource: 'deployments', name }) as const

/** Scales a colour that gets no requests to 0, and back to what it has now, unless it has pods; they are there before it gets requests. */
export function retirement(
  target: Own,
  cluster: string,
  { service: { metadata } }: Colours,
  { of: { spec, workload }, selector }: { readonly of: Colour } & Pick<Colour, 'selector'>,
): Step {
  const place = {
    target: spec,
    workload: target.workload,
    cluster,
    uid: workload.metadata.uid,
  }
  const whileAt = runningRevision(workload)
  const change: ChangeOf<'retire_colour'> = {
    kind: 'retire_colour',
    ...place,
    whileAt,
    service: { name: metadata.name, uid: metadata.uid },
    selector,
  }
  const own = step({
    name: `${spec.name} scaled to 0`,
    change,
    undo: {
      kind: 'set_replicas',
      ...place,
      whileAt,
      from: 0,
      replicas: wantedOf(spec, workload),
      orAny: true,
    },
    settles: 'pods',
  })
  return { ...own, undoSettles: 'pods' }
}

/** Why it stays, as the end of a sentence. */
export const because = (stays: string | undefined): string =>
  stays === undefined ? '' : `: ${stays}`
