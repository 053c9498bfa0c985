import { isSameJson, type Json } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Target } from '#domain/service.ts'
import { noLeg } from '#executors/closed.ts'
import { unlessGone } from '#executors/unless-gone.ts'
import { Superseded } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'

/** What is particular to whoever lets deployments of ECS wait for a word. */
interface Waiting<Found extends { readonly state: CanaryState }> {
  /** Throws when the service is not there. */
  find(target: Target, signal: AbortSignal): Promise<Found>
  isThere(target: Target, signal: AbortSignal): Promise<boolean>
  forward(found: Found, share: number): Leg
  away(found: Found, signal: AbortSignal): Promise<Leg>
  /** What an approval binds to, as it is now; `undefined` where the service is not there. */
  preconditionNow(target: Target, signal: AbortSignal): Promise<Json | undefined>
  readonly verify: Promoter['verify']
}

/** Deployments that wait: they go on, or are taken back, by somebody's word. */
export function waitingPromoter<Found extends { readonly state: CanaryState }>({
  find,
  isThere,
  forward,
  away,
  preconditionNow,
  verify,
}: Waiting<Found>): Promoter {
  const again = async (target: Target, old: CanaryState, signal: AbortSignal): Promise<Found> => {
    const found = await find(target, signal)
    if (isSameJson(found.state.precondition, old.precondition)) return found
    throw new Superseded(`${target.title} changed while the plan was made`)
  }
  return {
    covers: () => true,
    isBeside: () => false,
    canary: async (target, signal) => {
      const missing = async () => ((await isThere(target, signal)) ? undefined : target.title)
      return (await unlessGone(find(target, signal), missing)).state
    },
    forward: async (target, old, share, _operation, signal) =>
      forward(await again(target, old, signal), share),
    away: async (target, old, _operation, signal) => away(await again(target, old, signal), signal),
    ways: async (target, old, _pace, _operation, signal) => [
      {
        ...(await away(await again(target, old, signal), signal)),
        mechanism: 'ecs-deployment',
        collapse: [],
        collapseHow: null,
      },
    ],
    hold: async (target, old, _operation, signal) => {
      await again(target, old, signal)
      // It waits already, and nothing moves by itself.
      return noLeg([])
    },
    async changedSince(target, precondition, signal) {
      const now = await preconditionNow(target, signal)
      if (now === undefined) return `${target.title} is gone`
      return isSameJson(now, precondition)
        ? undefined
        : `the deployment of ${target.title} went on, or another came, meanwhile`
    },
    verify,
  }
}

export const nothingWaits = (): Leg =>
  noLeg([{ kind: 'unsupported', why: 'no canary is under way' }])
