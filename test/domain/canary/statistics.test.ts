import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chiSquared } from '#domain/canary/chi-squared.ts'
import { eProcess } from '#domain/canary/e-process.ts'
import { fisherExact } from '#domain/canary/fisher-exact.ts'
import { mannWhitney } from '#domain/canary/mann-whitney.ts'
import { welch, type Sample } from '#domain/canary/welch.ts'
import type { CountedBatch } from '#domain/canary/e-process.ts'
import type { Table } from '#domain/canary/table.ts'

type Case = { readonly id: string; readonly expected: Readonly<Record<string, unknown>> } & (
  | { readonly kind: 'chi2' | 'chi2Yates' | 'fisher'; readonly input: { readonly table: Table } }
  | {
      readonly kind: 'welch'
      readonly input: { readonly canary: Sample; readonly baseline: Sample }
    }
  | {
      readonly kind: 'mwu'
      readonly input: { readonly canary: readonly number[]; readonly baseline: readonly number[] }
    }
)

interface Fixture {
  readonly cases: readonly Case[]
  readonly eprocess: readonly {
    readonly id: string
    readonly input: Parameters<typeof eProcess>[0] & { readonly batches: readonly CountedBatch[] }
    readonly expected: ReturnType<typeof eProcess>
  }[]
}

/** Reference values from scipy and mpmath; see its `meta`. */
const fixture: Fixture = JSON.parse(readFileSync('test/fixtures/statistics.public.json', 'utf8'))

test.each(fixture.cases)('$id agrees with the reference', (one) => {
  const answer: Readonly<Record<string, unknown>> = { ...answerTo(one) }

  expect(
    Object.keys(one.expected).filter(
      (key) => !isNear(key, answer[key], one.expected[key], one.kind),
    ),
  ).toEqual([])
  expect(Object.keys(answer).length).toBeGreaterThan(0)
})

test.each(fixture.eprocess)('$id agrees with the reference', ({ input, expected }) => {
  const answer = eProcess(input)

  expect(answer.logE).toHaveLength(expected.logE.length)
  for (const [at, value] of expected.logE.entries())
    expect(relative(answer.logE[at], value)).toBeLessThan(1e-9)
  expect(relative(answer.pAnytime, expected.pAnytime)).toBeLessThan(1e-8)
  expect(relative(answer.mhRatio, expected.mhRatio)).toBeLessThan(1e-9)
})

function answerTo(one: Case): object {
  switch (one.kind) {
    case 'chi2':
      return chiSquared(one.input.table)
    case 'chi2Yates':
      return chiSquared(one.input.table, { yates: true })
    case 'fisher':
      return fisherExact(one.input.table)
    case 'welch':
      return welch(one.input.canary, one.input.baseline)
    case 'mwu':
      return mannWhitney(one.input.canary, one.input.baseline)
  }
}

/** The tolerances of the file: p to 1e-8 (Fisher 1e-7) of itself down to 1e-300, everything else to 1e-9. */
function isNear(key: string, answer: unknown, expected: unknown, kind: Case['kind']): boolean {
  if (typeof expected !== 'number') return answer === expected
  const isP = ['p', 'twoSided', 'greater'].includes(key)
  if (isP && expected < 1e-300) return typeof answer === 'number' && answer < 1e-299
  return relative(answer, expected) <= (kind === 'fisher' ? 1e-7 : isP ? 1e-8 : 1e-9)
}

function relative(answer: unknown, expected: number | null): number {
  if (typeof answer !== 'number' || expected === null) return Infinity
  return expected === 0 ? Math.abs(answer) : Math.abs(answer / expected - 1)
}
