import type { Progress } from '#ports/executor.ts'
import type { ChangeOf } from '../schema.ts'
import type { Seen } from '../states.ts'

/** Whether so many pods are what it wants, or as good. */
export const isEnough = (
  { replicas, orAny, orMore }: ChangeOf<'set_replicas'>,
  asked: number,
): boolean =>
  asked === replicas || (orAny === true && asked > 0) || (orMore === true && asked > replicas)

/** Whether somebody, or an autoscaler, asks for another number by now. */
export function rescaled(
  change: ChangeOf<'set_replicas'>,
  seen: Seen,
): Extract<Progress, { kind: 'failed' }> | undefined {
  const { replicas, target } = change
  const asked = seen?.workload.spec.replicas ?? replicas
  if (isEnough(change, asked)) return undefined
  const message = `${target.name} was scaled to ${asked} by somebody or an autoscaler`
  return { kind: 'failed', message, ready: 0, wanted: replicas }
}
