import type { Executor } from '#ports/executor.ts'
import type { KubernetesParts } from './kubernetes/context.ts'
import { kubernetes } from './kubernetes/index.ts'

/** Every platform that can be rolled back, by the name targets use: one folder here, one line below. */
export function makeExecutors(apis: {
  readonly kubernetes: KubernetesParts
}): ReadonlyMap<string, Executor> {
  return new Map([kubernetes(apis.kubernetes)].map((executor) => [executor.kind, executor]))
}
