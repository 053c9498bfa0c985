import { type Fault, faults } from './hits.ts'
import type { Ledger } from './ledger.ts'
import type { Case } from './plan.ts'
import type { Outcome } from './play.ts'

type Dealt = Pick<Outcome, 'hit' | 'takeovers'>

/** A table of what was hit how often, and how soon somebody took over. */
export function summary(outcomes: readonly Dealt[]): string {
  const hits = outcomes.flatMap(({ hit }) => hit)
  const names = [...new Set(hits.map(({ boundary }) => boundary))].toSorted()
  const width = widthOf(names)
  const row = (title: string, cells: readonly (string | number)[]) => rowOf(width, title, cells)
  const count = (fault: Fault, name?: string) =>
    hits.filter((hit) => hit.fault === fault && (name === undefined || hit.boundary === name))
      .length
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
    ...takenOver(outcomes),
  ].join('\n')
}

function takenOver(outcomes: readonly Dealt[]): readonly string[] {
  return (['kill', 'freeze'] as const).map((fault) => {
    const all = outcomes.flatMap(({ takeovers }) => takeovers).filter((one) => one.fault === fault)
    const told = (times: readonly number[]) => {
      const sorted = times.toSorted((a, b) => a - b)
      const [p50 = 0, most = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
      return `p50 ${Math.round(p50)} ms, at most ${Math.round(most)} ms`
    }
    return `taken over after ${fault}: ${all.length} times, ${told(all.map(({ ms }) => ms))}; at the machine's usual speed ${told(all.map(({ usualMs }) => usualMs))}`
  })
}

/** How far the whole of it is, over all runs that were kept. */
export function standing(ledger: Ledger, whole: readonly Case[], unrecorded: number): string {
  const struck = ledger.struck()
  const titles = [...new Set(whole.map(({ story }) => story.title))]
  const width = widthOf(titles)
  const asked = (title?: string) =>
    whole.flatMap(({ story, hits }) =>
      title === undefined || story.title === title ? hits.map((hit) => ({ story, hit })) : [],
    )
  const counts = (title?: string) => {
    const all = asked(title)
    return [all.length, all.filter(({ story, hit }) => ledger.isDealt(story, hit)).length]
  }
  const slowness = struck.map((one) => one.slowness).toSorted((a, b) => a - b)
  const commits = Map.groupBy(struck, ({ commit }) => commit)
  return [
    rowOf(width, 'story', ['blows', 'right']),
    ...titles.map((title) => rowOf(width, title, counts(title))),
    rowOf(width, `${titles.length} stories`, counts()),
    ...(unrecorded > 0 ? [`${unrecorded} stories were never played`] : []),
    ...[...commits].map(
      ([commit, all]) => `${all.flatMap(({ hit }) => hit).length} blows at ${commit}`,
    ),
    `the machine went ${(slowness[0] ?? 1).toFixed(1)} to ${(slowness.at(-1) ?? 1).toFixed(1)} times slower than usual, mostly ${(slowness[Math.floor(slowness.length / 2)] ?? 1).toFixed(1)}`,
    `${struck.filter(({ wrong }) => wrong.length > 0).length} of ${struck.length} cases were wrong, of which ${ledger.open().length} were not right when they were played again:`,
    ...ledger.open().map(({ title, hits, wrong }) => JSON.stringify({ title, hits, wrong })),
  ].join('\n')
}

const widthOf = (names: readonly string[]): number =>
  Math.max(...names.map((one) => one.length), 10)
const rowOf = (width: number, title: string, cells: readonly (string | number)[]): string =>
  `${title.padEnd(width)}${cells.map((cell) => String(cell).padStart(8)).join('')}`
