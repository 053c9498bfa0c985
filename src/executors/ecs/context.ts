import type { Revisions } from '#ports/store.ts'
import type { BalancerApi } from '#executors/aws/balancer.ts'
import type { EcsApi } from './api.ts'
import { withCopies } from './copies.ts'
import type { EcsTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface EcsParts {
  /** How ECS is asked in a region; null: in the one that AWS's own variables name. */
  readonly api: (region: string | null) => EcsApi
  /** How Elastic Load Balancing is asked there. */
  readonly balancer: (region: string | null) => BalancerApi
  readonly revisions: Revisions
  /** A revision that was current at least this long counts as having served (policy). */
  readonly servedLongMicros: number
  /** Takes secrets out of a text before it leaves this executor. */
  readonly scrub: (text: string) => string
  /** Between two looks at a deployment; AWS has a limit for questions. */
  readonly lookEveryMs?: number
  /** Before another attempt at a change; longer each time. */
  readonly retryMs?: number
}

export const apiOf = ({ api }: EcsParts, { region, registerAgain }: EcsTarget): EcsApi =>
  registerAgain ? withCopies(api(region)) : api(region)

export const nameOf = ({ cluster, service }: EcsTarget): string =>
  `ECS service ${service} in cluster ${cluster}`
