import type { FlaggerGate } from '#domain/flagger/gates.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Kept } from '../kept.ts'
import type { Workload } from '../objects.ts'
import { observe } from '../observe.ts'
import { preconditionOf } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { isReady, podsOf, readClusterUid, readKept, readPods, readWorkload } from '../workload.ts'
import { asksUsAt } from './gates-listed.ts'
import { type FlaggerLook, lookAtFlagger } from './look.ts'
import { isSameVersion } from './same-version.ts'
import { flaggerPrecondition, trafficShare } from './state.ts'
import { stopsOf } from './stops.ts'

/** A version that Flagger has in hand, as it was found. */
export interface FlaggerCanaryLook {
  readonly cluster: string
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly observed: Observed
  /** `undefined` where no Canary is about the target. */
  readonly flagger: FlaggerLook | undefined
  readonly stable: Revision
  readonly canary: Revision | undefined
  readonly state: CanaryState
}

export async function lookAtFlaggerCanary(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<FlaggerCanaryLook> {
  const api = apiOf(parts, target.spec)
  for (let attempt = 1; ; attempt += 1) {
    const observed = await observe(parts, target, signal)
    const [workload, cluster, flagger] = await Promise.all([
      readWorkload(api, target.spec, signal),
      readClusterUid(api, signal),
      lookAtFlagger(api, target.spec, signal),
    ])
    const all = [observed.running, ...observed.history]
    const asked = workload && all.find(({ id }) => id === runningRevision(workload))
    if (!workload || !asked) {
      if (attempt < 3) continue
      throw new Error(`${target.title} is changed all the time`)
    }
    const kept = await readKept(api, target.spec, workload, signal)
    const pods = await readPods(api, target.spec, workload, kept, signal)
    const stable = stableOf(flagger, kept, all) ?? observed.running
    const canary = flagger && isInHand(flagger, workload) ? asked : undefined
    const own = canary ? podsOf(pods, kept, canary.id) : []
    const state: CanaryState = {
      stable,
      canary,
      share: flagger && canary ? trafficShare(flagger) : 0,
      of: 'traffic',
      stops: flagger ? [...new Set([...stopsOf(flagger.canary), 100])] : [100],
      units: { noun: 'pods', count: own.length, ready: own.filter(isReady).length },
      precondition: canaryPrecondition(cluster, workload, flagger),
      // Where Flagger stands with it is what the canary is.
      warnings: observed.warnings.filter(({ kind }) => kind !== 'flagger_phase'),
      blockers: [...observed.blockers, ...standstill(parts, target.spec, flagger, canary)],
    }
    return { cluster, workload, kept, observed, flagger, stable, canary, state }
  }
}

const stableOf = (
  flagger: FlaggerLook | undefined,
  kept: readonly Kept[],
  all: readonly Revision[],
): Revision | undefined => {
  const serving = flagger?.primary?.workload.spec.template
  const own = serving && kept.find(({ template }) => isSameVersion(template, serving))
  return all.find(({ id }) => id === own?.revision)
}

/** It waits to be begun, or is being tried; what is the same as what serves already is no canary. */
const isInHand = ({ phase, isTrying, primary }: FlaggerLook, { spec }: Workload): boolean =>
  isTrying ||
  (phase === 'Waiting' &&
    primary !== undefined &&
    !isSameVersion(primary.workload.spec.template, spec.template))

/** What a move holds on to: that version, in that phase, at that share. */
export const canaryPrecondition = (
  cluster: string,
  workload: Workload,
  flagger: FlaggerLook | undefined,
) => ({
  ...preconditionOf(cluster, workload),
  flagger: flagger ? flaggerPrecondition(flagger) : null,
  phase: flagger?.phase ?? null,
  share: flagger ? trafficShare(flagger) : 0,
})

/** Why it is not moved forward whatever the share. */
function standstill(
  { gatesOf }: KubernetesParts,
  { cluster }: KubernetesTarget,
  flagger: FlaggerLook | undefined,
  canary: Revision | undefined,
): readonly Blocker[] {
  const why = (): string | undefined => {
    if (!flagger) return 'no Canary of Flagger is about it, or none may be read'
    const name = `the Canary ${flagger.canary.metadata.name}`
    const { suspend, skipAnalysis } = flagger.canary.spec
    if (!canary) return 'no canary is under way'
    if (suspend === true) return `${name} is suspended: Flagger does nothing`
    if (skipAnalysis === true)
      return `${name} has skipAnalysis: true: Flagger promotes what there is the next time it looks, and asks nobody; take it out to have versions tried`
    if (!gatesOf?.(cluster))
      return `Flagger of ${cluster} has no secret here, so it is answered at no gate`
    const gates: readonly FlaggerGate[] = [
      'confirm-promotion',
      ...(stopsOf(flagger.canary).length > 0 ? (['confirm-traffic-increase'] as const) : []),
    ]
    const missing = gates.find((gate) => !asksUsAt(cluster, flagger.canary, gate))
    return missing === undefined
      ? undefined
      : `${name} does not ask us at ${missing}, so Flagger goes on by itself; docs/flagger.md has the lines to add`
  }
  const said = why()
  return said === undefined ? [] : [{ kind: 'unsupported', why: said }]
}
