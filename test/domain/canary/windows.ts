import type { JudgeInput } from '#domain/canary/index.ts'

export type Window = NonNullable<JudgeInput['windows']>[number]

/** Five-minute windows one after the other from the end of the warm-up: the canary's errors of 3000 requests, the baseline's of 27 000. */
export function windowsOf(
  errors: readonly (readonly [canary: number, baseline: number])[],
  { from = 5, canary = 3_000, baseline = 27_000 } = {},
): readonly Window[] {
  return errors.map(([own, other], at) => ({
    fromMinutes: from + at * 5,
    toMinutes: from + at * 5 + 5,
    canary: { requests: canary, errors: own },
    baseline: { requests: baseline, errors: other },
  }))
}

export const bad = [90, 270] as const
export const good = [30, 270] as const
