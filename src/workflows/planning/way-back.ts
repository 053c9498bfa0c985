import type { WayBack } from '#domain/assessment/back-or-forward.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { sentence } from './blocker-sentence.ts'
import { makePlan, type Seen } from './make-plan.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'executors' | 'revisions' | 'ids' | 'policy'>

/** Whether a rollback could be proposed now, and to what: the plan is made as it would be for one, and thrown away. */
export async function wayBackOf(
  ports: Ports,
  service: Service,
  now: Instant,
  abort: AbortSignal,
  /** What was seen of it a moment ago, or why it could not be. */
  seen: Seen | { readonly why: string },
): Promise<WayBack> {
  if ('why' in seen) return { kind: 'unknown', why: seen.why }
  const { ids, policy } = ports
  const wish = {
    service,
    to: undefined,
    rollback: ids.rollback(),
    strategy: 'immediate' as const,
    now,
    policy: policy.rollback,
  }
  const planned = await makePlan(ports, wish, abort, seen).catch(() => undefined)
  switch (planned?.kind) {
    case undefined:
      return { kind: 'unknown', why: 'the platform did not answer in time' }
    case 'planned': {
      const { to, chosenBecause, warnings } = planned.plan
      return { kind: 'open', to: to.name, because: chosenBecause, warnings }
    }
    case 'unknown_revision':
      return { kind: 'unknown', why: 'no version was named' }
    case 'blocked': {
      const why = planned.blockers.map(sentence)
      return planned.blockers.every(isPassing)
        ? { kind: 'unknown', why: why.join('; ') }
        : { kind: 'closed', why }
    }
  }
}

/** Says nothing about the way back itself: a moment later, or with the right, it may be open. */
const passing: readonly Blocker['kind'][] = ['cannot_reach', 'not_allowed', 'controller_lagging']
const isPassing = ({ kind }: Blocker): boolean => passing.includes(kind)
