import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { requests } from '#sandbox/aws/ecs/requests.ts'

const Policy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.literal('Allow'),
      Action: z.union([z.string(), z.array(z.string())]),
      Resource: z.union([z.string(), z.array(z.string())]),
      Condition: z.unknown().optional(),
    }),
  ),
})
const { Statement } = Policy.parse(JSON.parse(readFileSync('deploy/ecs-policy.json', 'utf8')))

test('the policy for ECS allows what the executor asks, and nothing else', () => {
  const asked =
    readFileSync('src/executors/ecs/api.ts', 'utf8').match(/(?<=new sdk\.)\w+(?=Command\()/g) ?? []
  const allowed = Statement.flatMap(({ Action }) => Action)

  expect(allowed.toSorted()).toEqual([...new Set(asked)].map((name) => `ecs:${name}`).toSorted())
  expect(asked.toSorted()).toEqual(Object.keys(requests).toSorted())
})

test('what changes something is allowed within one cluster, and what AWS cannot narrow so has a condition', () => {
  const changing = Statement.filter(({ Action }) =>
    [Action].flat().some((action) => !/^ecs:(Describe|List)/.test(action)),
  )
  const everywhere = Statement.filter(({ Resource }) => Resource === '*')

  expect(changing.flatMap(({ Resource }) => Resource)).toEqual([
    expect.stringMatching(/:service\/prod\/\*$/),
    expect.stringMatching(/:service-deployment\/prod\/\*$/),
  ])
  expect(everywhere.map(({ Condition }) => Condition)).toEqual([
    expect.anything(),
    expect.anything(),
  ])
})
