import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { judge, type JudgeInput } from '#domain/canary/index.ts'

interface Scenario {
  readonly id: string
  readonly why: string
  readonly input: JudgeInput
  readonly expected: { readonly verdict: string; readonly delaySeconds: number }
}
const { scenarios }: { readonly scenarios: readonly Scenario[] } = JSON.parse(
  readFileSync('test/fixtures/statistics.public.json', 'utf8'),
)

test.each(scenarios)('$id: $why', ({ input, expected }) => {
  expect(judge(input)).toMatchObject(expected)
})
