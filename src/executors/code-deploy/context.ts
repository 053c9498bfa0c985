import type { EcsParts } from '#executors/ecs/context.ts'
import type { CodeDeployApi } from './api.ts'
import type { CodeDeployTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface CodeDeployParts extends EcsParts {
  /** How CodeDeploy is asked in a region; null: in the one that AWS's own variables name. */
  readonly codeDeploy: (region: string | null) => CodeDeployApi
}

export const apisOf = (
  { api, codeDeploy }: CodeDeployParts,
  { region }: Pick<CodeDeployTarget, 'region'>,
) => ({ ecs: api(region), codeDeploy: codeDeploy(region) })

export type Apis = ReturnType<typeof apisOf>
