import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { balancerRequests } from '#sandbox/aws/balancer/operations.ts'
import { codeDeployRequests } from '#sandbox/aws/codedeploy/requests.ts'
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
const statementsOf = (file: string) =>
  Policy.parse(JSON.parse(readFileSync(file, 'utf8'))).Statement
const Statement = statementsOf('deploy/ecs-policy.json')

/** The requests that a file makes of AWS. */
const askedIn = (file: string) => [
  ...new Set(readFileSync(file, 'utf8').match(/(?<=new sdk\.)\w+(?=Command\()/g)),
]

test('the policy for ECS allows what the executor asks, and nothing else', () => {
  const registering = 'RegisterTaskDefinition'
  const all = ['api', 'definitions'].flatMap((name) => askedIn(`src/executors/ecs/${name}.ts`))
  const asked = all.filter((name) => name !== registering)
  const allowed = Statement.flatMap(({ Action }) => Action)

  const ofTargets = askedIn('src/executors/aws/balancer.ts')

  expect(allowed.toSorted()).toEqual(
    [
      ...asked.map((name) => `ecs:${name}`),
      ...ofTargets.map((name) => `elasticloadbalancing:${name}`),
    ].toSorted(),
  )
  expect(ofTargets).toEqual(Object.keys(balancerRequests))
  expect(all.toSorted()).toEqual(Object.keys(requests).toSorted())
})

test('the policy for registering again is one of its own, of one family of names and roles that only tasks may be given', () => {
  const statements = statementsOf('deploy/ecs-register-policy.json')

  expect(statements.map(({ Action }) => Action)).toEqual([
    ['ecs:RegisterTaskDefinition', 'ecs:TagResource'],
    'iam:PassRole',
  ])
  expect(statements.map(({ Resource }) => Resource)).toEqual([
    expect.stringMatching(/:task-definition\/shop-\*:\*$/),
    expect.stringMatching(/:role\/shop-\*$/),
  ])
  expect(statements[1]?.Condition).toEqual({
    StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
  })
})

test('what changes something is allowed within one cluster, and what AWS cannot narrow so has a condition', () => {
  const changing = Statement.filter(({ Action }) =>
    [Action].flat().some((action) => !/^\w+:(Describe|List)/.test(action)),
  )
  const everywhere = Statement.filter(({ Resource }) => Resource === '*')

  expect(changing.flatMap(({ Resource }) => Resource)).toEqual([
    expect.stringMatching(/:service\/prod\/\*$/),
    expect.stringMatching(/:service-deployment\/prod\/\*$/),
  ])
  expect(everywhere.map(({ Condition }) => Condition)).toEqual([
    expect.anything(),
    expect.anything(),
    expect.anything(),
  ])
})

test('the policy for CodeDeploy allows what the executor asks and what CodeDeploy asks for with it, of one group', () => {
  const asked = askedIn('src/executors/code-deploy/api.ts')
  const statements = statementsOf('deploy/codedeploy-policy.json')
  const withACreation = ['RegisterApplicationRevision', 'GetDeploymentConfig']

  expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual(
    [...asked, ...withACreation].map((name) => `codedeploy:${name}`).toSorted(),
  )
  expect(asked.toSorted()).toEqual(Object.keys(codeDeployRequests).toSorted())
  expect(statements.flatMap(({ Resource }) => Resource)).toEqual([
    expect.stringMatching(/:deploymentgroup:shop\/checkout$/),
    expect.stringMatching(/:application:shop$/),
    expect.stringMatching(/:deploymentconfig:CodeDeployDefault\.ECSAllAtOnce$/),
  ])
})
