import type { Progress } from '#ports/executor.ts'
import type { ChangeOf } from '../schema.ts'
import type { Seen } from '../states.ts'

/** Whether somebody, or an autoscaler, asks for another number by now. */
export function rescaled(
  { replicas, target }: ChangeOf<'set_replicas'>,
  seen: Seen,
): Extract<Progress, { kind: 'failed' }> | undefined {
  const asked = seen?.workload.spec.replicas ?? replicas
  if (asked === replicas) return undefined
  const message = `${target.name} was scaled to ${asked} by somebody or an autoscaler`
  return { kind: 'failed', message, ready: 0, wanted: replicas }
}
