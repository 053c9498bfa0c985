import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

const Policy = z.object({
  Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: z.string() })),
})

test('the policy for CloudWatch allows what is asked of it, and nothing else', () => {
  const asked =
    readFileSync('src/metrics/cloudwatch.ts', 'utf8').match(/new \w+(?=Command\()/g) ?? []
  const { Statement } = Policy.parse(
    JSON.parse(readFileSync('deploy/aws-cloudwatch.json', 'utf8')) as unknown,
  )
  const allowed = Statement.map(({ Action }) => Action)

  expect(allowed).toEqual(asked.map((word) => word.replace('new ', 'cloudwatch:')))
  expect(allowed).not.toEqual([])
  for (const action of allowed)
    expect(readFileSync('docs/aws.md', 'utf8')).toContain(`\`${action}\``)
})
