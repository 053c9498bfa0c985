import { type Fault, faults } from './hits.ts'
import type { Outcome } from './play.ts'

/** A table of what was hit how often, and how soon somebody took over. */
export function summary(outcomes: readonly Outcome[]): string {
  const hits = outcomes.flatMap(({ hit }) => hit)
  const names = [...new Set(hits.map(({ boundary }) => boundary))].toSorted()
  const width = Math.max(...names.map((name) => name.length), 10)
  const row = (title: string, cells: readonly (string | number)[]) =>
    `${title.padEnd(width)}${cells.map((cell) => String(cell).padStart(8)).join('')}`
  const count = (fault: Fault, name?: string) =>
    hits.filter((hit) => hit.fault === fault && (name === undefined || hit.boundary === name))
      .length
  const takeovers = (fault: Fault) =>
    outcomes
      .flatMap((outcome) => outcome.takeovers)
      .filter((one) => one.fault === fault)
      .toSorted((a, b) => a.ms - b.ms)
  const taken = (['kill', 'freeze'] as const).map((fault) => {
    const all = takeovers(fault)
    const p50 = Math.round(all[Math.floor(all.length / 2)]?.ms ?? 0)
    const usual = Math.max(0, ...all.map(({ usualMs }) => usualMs))
    return `taken over after ${fault}: ${all.length} times, p50 ${p50} ms, at most ${Math.round(all.at(-1)?.ms ?? 0)} ms (${usual} at the machine's usual speed)`
  })
  return [
    row('step', faults),
    ...names.map((name) =>
      row(
        name,
        faults.map((fault) => count(fault, name)),
      ),
    ),
    row(
      `${names.length} steps`,
      faults.map((fault) => count(fault)),
    ),
    ...taken,
  ].join('\n')
}
