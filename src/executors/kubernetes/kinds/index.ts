import type { KubernetesTarget } from '../schema.ts'
import { daemonSet } from './daemon-set.ts'
import { deployment } from './deployment.ts'
import type { WorkloadKind } from './kind.ts'
import { rollout } from './rollout.ts'
import { statefulSet } from './stateful-set.ts'

/** Each by its name in `schema.ts`. */
const kinds: Readonly<Record<KubernetesTarget['kind'], WorkloadKind>> = {
  deployment,
  statefulset: statefulSet,
  daemonset: daemonSet,
  rollout,
}

export const kindOf = ({ kind }: Pick<KubernetesTarget, 'kind'>): WorkloadKind => kinds[kind]
