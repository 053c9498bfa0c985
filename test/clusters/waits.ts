import type { Waits } from '#executors/kubernetes/api.ts'
import { isReal } from './tested-cluster.ts'

/** The pretend cluster is quick; a real one gets what people's get. */
export const waits: Partial<Waits> = isReal
  ? {}
  : { retryMs: 20, policyMs: 400, complaintMs: 500, lookMs: 100 }
