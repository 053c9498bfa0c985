import { cpus, loadavg, totalmem } from 'node:os'
import type { Figures } from './figures.ts'
import type { Goal, Result } from './compare.ts'

/** For people: a line for each thing measured, and its notes below it. */
export function table(results: readonly Result[]): string {
  const head = ['what', 'unit', 'ours', 'baseline', 'ratio', 'goal', 'verdict']
  const rows = results.map((result) => [
    result.what,
    result.unit,
    spread(result.ours),
    result.theirs ? spread(result.theirs) : '',
    result.ratio ? spread(result.ratio) : '',
    goalText(result.goal),
    result.verdict,
  ])
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    line(head),
    line(widths.map((width) => '─'.repeat(width))),
    ...results.flatMap(({ notes }, at) => [
      line(rows[at] ?? []),
      ...(notes ?? []).map((note) => `  · ${note}`),
    ]),
  ].join('\n')
}

/** On what it was measured: a ratio travels, a millisecond does not. */
export function surroundings(): Readonly<Record<string, string | number>> {
  return {
    at: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  }
}

const spread = ({ median, p10, p90, samples }: Figures): string =>
  samples === 1 ? digits(median) : `${digits(median)} (${digits(p10)}–${digits(p90)})`

/** Three digits that count, and no more. */
const digits = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return ''
  return 'atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`
}
