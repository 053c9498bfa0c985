import type { FlaggerLook } from './flagger/look.ts'
import { liveTemplate } from './flagger/look.ts'
import { isSameVersion } from './flagger/same-version.ts'
import type { Kept } from './kept.ts'
import type { Pod, Workload } from './objects.ts'
import { digestIn, imagesOf, revisionName, runningRevision } from './revision.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'
import { isSettled, podsOf, wantedOf } from './workload.ts'

interface Own {
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly pods: readonly Pod[]
}

/** The object whose pods serve, and the version that runs as the target has it. */
export interface Serving extends Own {
  readonly target: KubernetesTarget
  readonly template: RawObject
  /** Images by container, as the pods of that version show them. */
  readonly digests: ReadonlyMap<string, string>
  /** The version that runs serves, and every pod of it is there. */
  readonly isHealthy: boolean
  /** Name of what serves, where that is another version than the target asks for. */
  readonly serves?: string
}

/** The target itself; or, where Flagger rolls it out, the copy of it that serves. */
export function servingOf(
  target: KubernetesTarget,
  own: Own,
  flagger: FlaggerLook | undefined,
): Serving {
  const { primary } = flagger ?? {}
  const template = flagger
    ? liveTemplate(flagger, own.workload, own.kept)
    : own.workload.spec.template
  const from = primary && isSameVersion(primary.workload.spec.template, template) ? primary : own
  const shown = primary ?? { ...own, target }
  const digests = digestsOf(podsOf(from.pods, from.kept, runningRevision(from.workload)))
  const isHealthy =
    from.workload === shown.workload &&
    isSettled(shown.target, shown.workload) &&
    wantedOf(shown.target, shown.workload) > 0
  const { workload, kept, pods } = shown
  const serves =
    from.workload === shown.workload ? {} : { serves: nameOf(shown.workload.spec.template) }
  return { target: shown.target, workload, kept, pods, template, digests, isHealthy, ...serves }
}

const nameOf = (template: RawObject): string => revisionName(template, imagesOf(template))

export function digestsOf(pods: readonly Pod[]): ReadonlyMap<string, string> {
  return new Map(
    pods.flatMap(({ status }) =>
      (status.containerStatuses ?? []).flatMap(({ name, imageID }) => {
        const digest = digestIn(imageID)
        return digest ? [[name, digest] as const] : []
      }),
    ),
  )
}
