import type { Workload } from './objects.ts'

export const strategyOf = ({ spec }: Workload) => spec.strategy ?? spec.updateStrategy ?? {}

/** Why nothing happens by a new template alone; empty where something does. */
export const onDeleteText = (workload: Workload): readonly string[] =>
  strategyOf(workload).type === 'OnDelete'
    ? ['its update strategy is OnDelete: pods take a new template only when somebody deletes them']
    : []

/** A number of pods or a share of them; Kubernetes rounds a surge up and what may be missing down. */
export function absolute(
  value: string | number,
  wanted: number,
  round: (count: number) => number,
): number {
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent ? round((Number(percent) * wanted) / 100) : 0
}

export const countOf = (value: unknown): string | number =>
  typeof value === 'number' || typeof value === 'string' ? value : 0
