import { fromDate, type Instant } from '#domain/time.ts'
import type { EcsParts } from '#executors/ecs/context.ts'
import type { CodeDeployApi } from './api.ts'
import type { CodeDeployTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface CodeDeployParts extends EcsParts {
  /** How CodeDeploy is asked in a region; null: in the one that AWS's own variables name. */
  readonly codeDeploy: (region: string | null) => CodeDeployApi
  /** By which it is judged how long ago something was; this machine's clock where it is left out. */
  readonly now?: () => Instant
}

export const apisOf = (
  { api, codeDeploy, now = () => fromDate(new Date()) }: CodeDeployParts,
  { region }: Pick<CodeDeployTarget, 'region'>,
) => ({ ecs: api(region), codeDeploy: codeDeploy(region), now })

export type Apis = ReturnType<typeof apisOf>
