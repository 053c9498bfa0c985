import { NotAllowed } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { hasCode } from '../failure.ts'
import type { Kept } from '../kept.ts'
import { FlaggerCanary, type Pod, type Workload } from '../objects.ts'
import { namespaced } from '../paths.ts'
import type { KubernetesTarget, RawObject } from '../schema.ts'
import { readKept, readPods, readWorkload } from '../workload.ts'
import { flaggerChecksum } from './checksum.ts'
import { isSameVersion } from './same-version.ts'

/** A Deployment that Flagger rolls out: it serves from a copy, and its own pods run only while a version is tried. */
export interface FlaggerLook {
  readonly canary: FlaggerCanary
  readonly phase: string
  /** A version is being tried, and pods of it may take traffic. */
  readonly isTrying: boolean
  readonly checksum: string
  /** `undefined` until Flagger has made it. */
  readonly primary: Primary | undefined
}

/** The copy that serves. */
export interface Primary {
  readonly target: KubernetesTarget
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly pods: readonly Pod[]
}

export const canariesPath = (target: KubernetesTarget): string =>
  namespaced('flagger.app/v1beta1', target, 'canaries')

/** Where Flagger's Canary is about this Deployment; `undefined` where none is, or none may be read. */
export async function lookAtFlagger(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<FlaggerLook | undefined> {
  const canary = await canaryFor(api, target, signal)
  if (!canary) return undefined
  const primary = await primaryOf(api, target, signal)
  return lookOf(canary, primary)
}

/** The Canary alone. */
export async function canaryFor(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<FlaggerCanary | undefined> {
  if (target.kind !== 'deployment') return undefined
  try {
    const { items } = await api.list(canariesPath(target), FlaggerCanary, {}, signal)
    return items.find(
      ({ spec: { targetRef } }) =>
        targetRef.kind === 'Deployment' && targetRef.name === target.name,
    )
  } catch (error) {
    if (error instanceof NotAllowed || hasCode(error, 404)) return undefined
    throw error
  }
}

function lookOf(canary: FlaggerCanary, primary: Primary | undefined): FlaggerLook {
  const phase = canary.status?.phase ?? 'Initializing'
  return { canary, phase, isTrying: isTrying(phase), checksum: checksumOf(canary), primary }
}

export const isTrying = (phase: string): boolean =>
  phase === 'Progressing' || phase === 'WaitingPromotion'
export const checksumOf = ({ status }: FlaggerCanary): string => flaggerChecksum(status ?? {})

async function primaryOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<Primary | undefined> {
  const own = { ...target, name: `${target.name}-primary` }
  const workload = await readWorkload(api, own, signal)
  if (!workload) return undefined
  const kept = await readKept(api, own, workload, signal)
  const pods = await readPods(api, own, workload, kept, signal)
  return { target: own, workload, kept, pods }
}

/** The version of the copy that `template` is, the one it serves first. */
export const inPrimary = (
  { workload, kept }: Pick<Primary, 'workload' | 'kept'>,
  template: RawObject,
): Kept | undefined =>
  kept
    .toSorted((a, b) => Number(isCurrent(workload, b)) - Number(isCurrent(workload, a)))
    .find((one) => isSameVersion(one.template, template))

const isCurrent = ({ spec }: Workload, one: Kept): boolean =>
  isSameVersion(one.template, spec.template)

/**
 * The template that a rollback leaves: what the target asks for. Only where somebody put back the target and not what serves – by
 * `kubectl rollout undo`, which changes no pod then – it is what serves.
 */
export function liveTemplate(
  { primary }: FlaggerLook,
  workload: Workload,
  kept: readonly Kept[],
): RawObject {
  const asked = workload.spec.template
  if (!primary || isSameVersion(primary.workload.spec.template, asked)) return asked
  const serving = inPrimary(primary, primary.workload.spec.template)
  const before = inPrimary(primary, asked)
  if (!serving || !before || madeAt(before) > madeAt(serving)) return asked
  return kept.find(({ template }) => isSameVersion(template, serving.template))?.template ?? asked
}

const madeAt = ({ metadata }: Kept): number => Date.parse(metadata.creationTimestamp ?? '')
