import type { Executor } from '#ports/executor.ts'
import type { ComposeParts } from './compose/context.ts'
import { compose } from './compose/index.ts'
import { slotServices } from './compose/slots.ts'
import type { DatabaseParts } from './database/context.ts'
import { database } from './database/index.ts'
import type { CodeDeployParts } from './code-deploy/context.ts'
import { codeDeploy } from './code-deploy/index.ts'
import { ecs } from './ecs/index.ts'
import { flag } from './flag/index.ts'
import type { FlagParts } from './flag/look.ts'
import type { KubernetesParts } from './kubernetes/context.ts'
import { kubernetes } from './kubernetes/index.ts'
import type { RegionParts } from './region/context.ts'
import { region } from './region/index.ts'
import type { NginxParts } from './nginx/context.ts'
import { nginx } from './nginx/index.ts'

/** Every platform that can be rolled back, by the name targets use: one folder here, one line below. */
export function makeExecutors(apis: {
  readonly kubernetes: KubernetesParts
  readonly ecs?: CodeDeployParts
  readonly compose?: ComposeParts
  readonly nginx?: NginxParts
  readonly flag?: FlagParts
  readonly database?: Omit<DatabaseParts, 'executorOf'>
  readonly region?: RegionParts
}): ReadonlyMap<string, Executor> {
  const executors = new Map<string, Executor>()
  const executorOf = (kind: string) => executors.get(kind)
  for (const executor of [
    kubernetes(apis.kubernetes),
    ...(apis.ecs ? [ecs(apis.ecs), codeDeploy(apis.ecs)] : []),
    ...(apis.compose ? [compose(apis.compose)] : []),
    ...(apis.nginx
      ? [nginx({ ...apis.nginx, ...(apis.compose ? { slots: slotServices(apis.compose) } : {}) })]
      : []),
    ...(apis.flag ? [flag(apis.flag)] : []),
    ...(apis.database ? [database({ ...apis.database, executorOf })] : []),
    ...(apis.region ? [region(apis.region)] : []),
  ])
    executors.set(executor.kind, executor)
  return executors
}
