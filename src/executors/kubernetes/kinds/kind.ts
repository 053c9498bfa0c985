import type { Step } from '#domain/rollback/plan.ts'
import type { KubernetesApi, Query } from '../api.ts'
import type { Kept } from '../kept.ts'
import type { Workload } from '../objects.ts'
import type { KubernetesTarget } from '../schema.ts'
import type { Way } from '../steps.ts'

/** What sets a kind of workload apart. All else this executor does is the same for every kind. */
export interface WorkloadKind {
  /** Where the API serves it: `apps`, `v1`, `deployments`. */
  readonly group: string
  readonly version: string
  readonly plural: string
  /** The resource of `apps/v1` in which the platform keeps earlier versions. */
  readonly keptAs: 'replicasets' | 'controllerrevisions'
  /** Every version kept under these labels, whoever owns it. */
  readonly readKept: (
    api: KubernetesApi,
    target: KubernetesTarget,
    query: Query,
    signal: AbortSignal,
  ) => Promise<readonly Kept[]>
  readonly wanted: (workload: Workload) => number
  /** Whether the template that the controller has noticed is out everywhere: `wanted` pods of it, available, and no other left. */
  readonly isOut: (workload: Workload, wanted: number) => boolean
  /** How many pods change at a time by its strategy, whatever there are. */
  readonly atATime: (workload: Workload, wanted: number) => number
  /** Whether a pod that does not get ready holds up all others, even when the template is put right. */
  readonly isHeldUpByAPod: boolean
  /** From the bad version to the good one. */
  readonly steps: (way: Way) => readonly Step[]
  /**
   * Everything again from the template on, all at once, since it takes the place of steps of which some may be done (they
   * then find their work done). None where there is no faster way.
   */
  readonly fastest: (way: Way) => readonly Step[]
  /** What an approver must know of the fastest way, `from` the bad version. */
  readonly fastestText: (from: string) => string
  /** What it loses without the right to delete pods. */
  readonly losesWithoutDelete: string
  /** Why its strategy lets nobody roll it back by the template; empty where it does. */
  readonly unsupported: (workload: Workload) => readonly string[]
  /** Whether Flagger may keep it idle and serve from a copy. */
  readonly mayBeParked: (workload: Workload) => boolean
}
