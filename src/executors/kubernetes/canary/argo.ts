import type { Blocker } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Leg } from '#ports/promoter.ts'
import type { KubernetesParts } from '../context.ts'
import { route } from '../route.ts'
import type { KubernetesTarget } from '../schema.ts'
import { verify } from '../verify.ts'
import { argoChangedSince } from './argo-changed-since.ts'
import { argoForward, argoHold } from './argo-leg.ts'
import { type ArgoLook, lookAtArgo } from './argo-look.ts'
import { verifyShare } from './argo-verify.ts'
import type { Mover } from './mover.ts'
import { noLeg } from '#executors/closed.ts'
import { onlyWay } from './only-way.ts'

/** Canaries and previews of Argo Rollouts, moved through its controller. */
export const argoMover = (parts: KubernetesParts): Mover => ({
  async find(target, signal) {
    const look = await lookAtArgo(parts, target, signal)
    return {
      state: look.state,
      forward: async (share) => argoForward(target, look, share),
      away: (_pace, operation, inner) => away(parts, target, look, operation, inner),
      ways: async (_pace, operation, inner) => [
        onlyWay('rollout-undo', await away(parts, target, look, operation, inner)),
      ],
      hold: () => argoHold(target, look),
    }
  },
  changedSince: (target, precondition, signal) =>
    argoChangedSince(parts, target, precondition, signal),
  async verify(target, goal, signal) {
    if (goal.share === 0) return verify(parts, target, goal.stable, signal)
    if (goal.share === 100) return verify(parts, target, goal.canary, signal)
    return verifyShare(parts, target, goal, signal)
  },
})

/** Only a rollback has somebody who lets the sync go on again. */
const broughtBack = (names: readonly string[]): Blocker => ({
  kind: 'unsupported',
  why: `${names.join(' and ')} would bring the canary back from Git; a rollback of the service takes it away and pauses that first`,
})

/** The same as a rollback to the stable version; where nothing is on its way there is nothing to take away, and nothing is aborted. */
async function away(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  { canary, stable, observed }: ArgoLook,
  operation: string,
  signal: AbortSignal,
): Promise<Leg> {
  if (!canary) return noLeg([{ kind: 'unsupported', why: 'no canary is under way' }])
  const back = await route(parts, target, observed, stable.id, operation, signal)
  const { steps, differences, warnings, how, expectedMicros } = back
  const syncing = warnings.flatMap((one) => (one.kind === 'sync_paused' ? [one.name] : []))
  if (syncing.length > 0) return noLeg([broughtBack(syncing)])
  const blockers = [...observed.blockers, ...back.blockers]
  return { steps, differences, warnings, how, expectedMicros, blockers, reaches: 0 }
}
