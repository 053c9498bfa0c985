import type { Executor } from '#ports/executor.ts'
import type { ComposeParts } from './compose/context.ts'
import { compose } from './compose/index.ts'
import type { EcsParts } from './ecs/context.ts'
import { ecs } from './ecs/index.ts'
import { flag } from './flag/index.ts'
import type { FlagParts } from './flag/look.ts'
import type { KubernetesParts } from './kubernetes/context.ts'
import { kubernetes } from './kubernetes/index.ts'

/** Every platform that can be rolled back, by the name targets use: one folder here, one line below. */
export function makeExecutors(apis: {
  readonly kubernetes: KubernetesParts
  readonly ecs?: EcsParts
  readonly compose?: ComposeParts
  readonly flag?: FlagParts
}): ReadonlyMap<string, Executor> {
  const executors = [
    kubernetes(apis.kubernetes),
    ...(apis.ecs ? [ecs(apis.ecs)] : []),
    ...(apis.compose ? [compose(apis.compose)] : []),
    ...(apis.flag ? [flag(apis.flag)] : []),
  ]
  return new Map(executors.map((executor) => [executor.kind, executor]))
}
