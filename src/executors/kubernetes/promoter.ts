import { isSameJson, type Json } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Target } from '#domain/service.ts'
import type { Checked } from '#executors/define-executor.ts'
import { Superseded } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { argoForward, argoHold, refused } from './canary/argo-leg.ts'
import { type ArgoLook, lookAtArgo } from './canary/argo-look.ts'
import { argoChangedSince } from './canary/argo-changed-since.ts'
import { verifyShare } from './canary/argo-verify.ts'
import type { KubernetesParts } from './context.ts'
import { route } from './route.ts'
import { KubernetesTarget } from './schema.ts'
import { verify } from './verify.ts'

/** Canaries and previews of Argo Rollouts. */
export function kubernetesPromoter(parts: KubernetesParts): Promoter {
  const fresh = async (target: Target, seen: CanaryState, signal: AbortSignal) => {
    const own = checked(target)
    const look = await lookAtArgo(parts, own, signal)
    if (!isSameJson(look.state.precondition, seen.precondition))
      throw new Superseded(`${target.title} changed while the plan was made`)
    return { own, look }
  }
  return {
    covers: ({ spec }) => KubernetesTarget.safeParse(spec).data?.kind === 'rollout',
    canary: async (target, signal) => (await lookAtArgo(parts, checked(target), signal)).state,
    async forward(target, seen, share, _operation, signal) {
      const { own, look } = await fresh(target, seen, signal)
      return argoForward(own, look, share)
    },
    async away(target, seen, operation, signal) {
      const { own, look } = await fresh(target, seen, signal)
      return away(parts, own, look, operation, signal)
    },
    async hold(target, seen, _operation, signal) {
      const { own, look } = await fresh(target, seen, signal)
      return argoHold(own, look)
    },
    changedSince: (target, precondition: Json, signal) =>
      argoChangedSince(parts, checked(target), precondition, signal),
    verify(target, goal, signal) {
      const own = checked(target)
      if (goal.share === 0) return verify(parts, own, goal.stable, signal)
      if (goal.share === 100) return verify(parts, own, goal.canary, signal)
      return verifyShare(parts, own, goal, signal)
    },
  }
}

const checked = (target: Target): Checked<KubernetesTarget> => ({
  ...target,
  spec: KubernetesTarget.parse(target.spec),
})

/** The same as a rollback to the stable version; where nothing is on its way there is nothing to take away, and nothing is aborted. */
async function away(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { canary, stable, observed }: ArgoLook,
  operation: string,
  signal: AbortSignal,
): Promise<Leg> {
  if (!canary) return refused([{ kind: 'unsupported', why: 'no canary is under way' }])
  const { steps, blockers, warnings, how, expectedMicros } = await route(
    parts,
    target,
    observed,
    stable.id,
    operation,
    signal,
  )
  return {
    steps,
    blockers: [...observed.blockers, ...blockers],
    warnings,
    how,
    expectedMicros,
    reaches: 0,
  }
}
