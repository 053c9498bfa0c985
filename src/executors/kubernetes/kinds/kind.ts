import type { Step, Warning } from '#domain/rollback/plan.ts'
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
  /** Whether the controller is also steered by the status, which other kinds leave to their controllers. */
  readonly writesStatus?: true
  /** The workload with its template in the form in which its versions are kept; as it is where both are the same. */
  readonly resolved?: (
    api: KubernetesApi,
    target: KubernetesTarget,
    query: Query,
    workload: Workload,
    signal: AbortSignal,
  ) => Promise<Workload>
  readonly wanted: (workload: Workload) => number
  /** Whether the template that the controller has noticed is out everywhere: `wanted` pods of it, available, and no other left. */
  readonly isOut: (workload: Workload, wanted: number) => boolean
  /** Why it will not come out by itself, in the controller's words. */
  readonly failure?: (workload: Workload) => string | undefined
  /** What an approver should know of it beyond what is true of every kind. */
  readonly warnings?: (workload: Workload) => readonly Warning[]
  /** Services that must serve from its pods, whatever they select. */
  readonly services?: (workload: Workload) => readonly string[]
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
  /** What it loses without the right to delete pods; absent where it deletes none. */
  readonly losesWithoutDelete?: string
  /** Why its strategy lets nobody roll it back by the template; empty where it does. */
  readonly unsupported: (workload: Workload) => readonly string[]
  /** Whether Flagger may keep it idle and serve from a copy. */
  readonly mayBeParked: (workload: Workload) => boolean
}
