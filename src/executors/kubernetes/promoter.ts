import { isSameJson } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type { Checked } from '#executors/define-executor.ts'
import { unlessGone } from '#executors/unless-gone.ts'
import { Superseded } from '#ports/executor.ts'
import type { Promoter } from '#ports/promoter.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { coloursMover } from './blue-green/mover.ts'
import { argoMover } from './canary/argo.ts'
import type { Found, Mover } from './canary/mover.ts'
import { plainMover } from './canary/plain.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { flaggerMover } from './flagger/mover.ts'
import { trafficMover } from './traffic/mover.ts'
import { KubernetesTarget } from './schema.ts'
import { readWorkload } from './workload.ts'

/** Rollouts of Argo Rollouts, Deployments that have a canary or another colour beside them, and where Flagger asks us, those that it rolls out. */
export function kubernetesPromoter(parts: KubernetesParts): Promoter {
  const placeOf = (target: Target) => {
    const spec = KubernetesTarget.parse(target.spec)
    const mover = moverOf(parts, spec)
    if (!mover) throw new Error(`${target.title} has no canary configured`)
    return { mover, own: { ...target, spec } satisfies Checked<KubernetesTarget> }
  }
  const found = (target: Target, signal: AbortSignal): Promise<Found> => {
    const { mover, own } = placeOf(target)
    return mover.find(own, signal)
  }
  const foundAgain = async (target: Target, seen: CanaryState, signal: AbortSignal) => {
    const again = await found(target, signal)
    if (isSameJson(again.state.precondition, seen.precondition)) return again
    throw new Superseded(`${target.title} changed while the plan was made`)
  }
  return {
    covers: ({ spec }) => moverOf(parts, KubernetesTarget.parse(spec)) !== undefined,
    isBeside: ({ spec }) => KubernetesTarget.parse(spec).canary !== undefined,
    canary: async (target, signal) =>
      (
        await unlessGone(found(target, signal), () =>
          missingOf(parts, KubernetesTarget.parse(target.spec), signal),
        )
      ).state,
    forward: async (target, seen, share, operation, signal) =>
      (await foundAgain(target, seen, signal)).forward(share, operation, signal),
    away: async (target, seen, operation, signal, pace = 'immediate') =>
      (await foundAgain(target, seen, signal)).away(pace, operation, signal),
    ways: async (target, seen, pace, operation, signal) =>
      (await foundAgain(target, seen, signal)).ways(pace, operation, signal),
    hold: async (target, seen, _operation, signal) =>
      (await foundAgain(target, seen, signal)).hold(),
    async changedSince(target, precondition, signal) {
      const { mover, own } = placeOf(target)
      return mover.changedSince(own, precondition, signal)
    },
    async verify(target, goal, signal) {
      const { mover, own } = placeOf(target)
      const checks = mover.verify(own, goal, signal)
      return unlessGone(checks, () => missingOf(parts, own.spec, signal)).catch(asFailedCheck)
    },
  }
}

/** That it is gone is an answer, and no good one. */
function asFailedCheck(error: unknown): readonly Check[] {
  if (!(error instanceof TargetGone)) throw error
  return [{ id: 'units', result: 'failed', text: error.message }]
}

/** Without a canary Deployment beside it a target has no canary, and is looked at all the same; without one of two colours it is not. */
async function missingOf(
  parts: KubernetesParts,
  spec: KubernetesTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const names = [spec.name, ...(spec.blueGreen ? [spec.blueGreen.deployment] : [])]
  for (const name of names)
    if (!(await readWorkload(apiOf(parts, spec), { ...spec, name }, signal)))
      return `${spec.cluster}/${spec.namespace} ${spec.kind} ${name}`
  return undefined
}

/** How a target has its canary, as configured; `undefined` where it has none. Whether Flagger rolls it out, only the cluster knows. */
function moverOf(
  parts: KubernetesParts,
  { cluster, kind, canary, traffic, blueGreen }: KubernetesTarget,
): Mover | undefined {
  if (kind === 'rollout') return argoMover(parts)
  if (kind !== 'deployment') return undefined
  if (blueGreen) return coloursMover(parts)
  if (canary) return traffic ? trafficMover(parts) : plainMover(parts)
  return parts.gatesOf?.(cluster) ? flaggerMover(parts) : undefined
}
