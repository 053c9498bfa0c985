import type { InstancesSeen } from '#domain/assessment/instance.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'

/** What a platform itself shows of the instances of a target. */
export interface Instances {
  /** What is there, what befell it since `from`, and what the failing ones wrote. Reads only; never throws, bounded by `signal`. */
  look(target: Target, from: Instant, signal: AbortSignal): Promise<InstancesSeen>
}
