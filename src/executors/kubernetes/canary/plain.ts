import type { Blocker } from '#domain/rollback/plan.ts'
import type { Leg } from '#ports/promoter.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { dryRun } from '../dry-run.ts'
import { editOf } from '../edit.ts'
import { runningRevision } from '../revision.ts'
import { KubernetesChange } from '../schema.ts'
import type { Mover } from './mover.ts'
import { noLeg } from '#executors/closed.ts'
import { onlyWay } from './only-way.ts'
import { plainChangedSince } from './plain-changed-since.ts'
import { plainAway, plainForward } from './plain-leg.ts'
import { lookAtPlain, type PlainLook } from './plain-look.ts'
import { rememberCanary } from './remember.ts'
import { promotedTemplate } from './plain-template.ts'
import { verifyPlain } from './plain-verify.ts'

/** A canary Deployment beside the stable one, behind the same Service: its share is that of its ready pods. */
export const plainMover = (parts: KubernetesParts): Mover => ({
  async find(target, signal) {
    const look = await lookAtPlain(parts, target, signal)
    const tried = (leg: Leg, operation: string, inner: AbortSignal) =>
      triedOut(parts, look, leg, operation, inner)
    return {
      state: look.state,
      forward: (share, operation, inner) => tried(plainForward(look, share), operation, inner),
      away: (pace, operation, inner) => tried(plainAway(look, pace), operation, inner),
      async ways(pace, operation, inner) {
        await rememberCanary(parts, target, look)
        return [onlyWay('canary-scale-down', await tried(plainAway(look, pace), operation, inner))]
      },
      hold: () => ({
        ...noLeg([]),
        how: 'nothing moves by itself here',
        reaches: look.state.share,
      }),
    }
  },
  changedSince: (target, precondition, signal) =>
    plainChangedSince(parts, target, precondition, signal),
  verify: (target, goal, signal) => verifyPlain(parts, target, goal, signal),
})

/** The first change of each Deployment is sent for a dry run: what forbids it forbids those after it. */
async function triedOut(
  parts: KubernetesParts,
  look: PlainLook,
  leg: Leg,
  operation: string,
  signal: AbortSignal,
): Promise<Leg> {
  const changes = leg.steps.map(({ change }) => KubernetesChange.parse(change))
  const sides = [look.stable, ...(look.canary ? [look.canary] : [])]
  const refusals = await Promise.all(
    sides.map(async ({ target, workload }): Promise<readonly Blocker[]> => {
      const first = changes.find((change) => change.target.name === target.spec.name)
      const api = apiOf(parts, target.spec)
      if (first?.kind === 'set_replicas')
        return dryRun(
          api,
          target.spec,
          workload,
          editOf(first, operation, {}),
          (now) => now.spec.replicas === first.replicas,
          signal,
        )
      if (first?.kind !== 'set_template' || !look.canary) return []
      const template = promotedTemplate(look.stable.workload, look.canary.workload)
      return dryRun(
        api,
        target.spec,
        workload,
        editOf(first, operation, template),
        (now) => runningRevision(now) === first.to,
        signal,
      )
    }),
  )
  const blockers = refusals.flat()
  return blockers.length > 0 ? noLeg(blockers) : leg
}
