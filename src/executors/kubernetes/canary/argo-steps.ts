import { z } from 'zod'
import type { Workload } from '../objects.ts'
import { listIn, objectIn } from '../revision.ts'

/** What the strategy of a Rollout does one after the other, as far as it matters to where a canary stops. */
export type ArgoStep =
  | { readonly kind: 'weight'; readonly weight: number }
  /** `seconds`: goes on by itself after so long; `undefined`: waits for somebody. */
  | { readonly kind: 'pause'; readonly seconds: number | undefined }
  | { readonly kind: 'analysis' }
  | { readonly kind: 'other' }

/** `undefined` where it is no canary. One without steps is promoted at once. */
export function stepsOf({ raw }: Workload): readonly ArgoStep[] | undefined {
  const { canary } = objectIn(raw.spec['strategy'])
  return canary === undefined ? undefined : listIn(objectIn(canary)['steps']).map(stepOf)
}

const Step = z.object({
  setWeight: z.number().optional(),
  pause: z.object({ duration: z.union([z.number(), z.string()]).optional() }).optional(),
  analysis: z.object({}).optional(),
})

function stepOf(value: unknown): ArgoStep {
  const { setWeight, pause, analysis } = Step.safeParse(value).data ?? {}
  if (setWeight !== undefined) return { kind: 'weight', weight: setWeight }
  if (pause) return { kind: 'pause', seconds: secondsOf(pause.duration) }
  return { kind: analysis ? 'analysis' : 'other' }
}

/** As the controller reads it: a number is seconds, a text may have a unit. */
function secondsOf(duration: number | string | undefined): number | undefined {
  if (duration === undefined) return undefined
  if (typeof duration === 'number') return duration
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)([hms]?)/g)]
  const units = { h: 3_600, m: 60, s: 1, '': 1 } as const
  return parts.reduce(
    (total, [, value, unit]) => total + Number(value) * units[unit as keyof typeof units],
    0,
  )
}

/** The share of the traffic that is asked for at a step. */
export function weightAt(steps: readonly ArgoStep[], index: number): number {
  if (index >= steps.length) return 100
  const reached = steps.slice(0, index + 1).findLast((step) => step.kind === 'weight')
  return reached?.weight ?? 0
}

export interface Stop {
  readonly index: number
  readonly share: number
}

/** Where it waits for somebody. */
export const stopsOf = (steps: readonly ArgoStep[]): readonly Stop[] =>
  steps.flatMap((step, index) =>
    step.kind === 'pause' && step.seconds === undefined
      ? [{ index, share: weightAt(steps, index) }]
      : [],
  )

/** How long it waits by itself from one step to another, in seconds. */
export const waitedBetween = (
  steps: readonly ArgoStep[],
  from: number,
  to: number = steps.length,
): number =>
  steps
    .slice(from, to)
    .reduce((total, step) => total + (step.kind === 'pause' ? (step.seconds ?? 0) : 0), 0)
