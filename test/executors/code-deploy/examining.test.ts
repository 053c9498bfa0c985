import { expect, test } from 'vitest'
import { codeDeployRequests } from '#sandbox/aws/codedeploy/requests.ts'
import { codeDeployModel, freshWorlds, signal } from '../ecs/world.ts'
import { group } from './group.ts'

const world = freshWorlds()

test('an examination asks everything that a rollback would, changes nothing, and says what it cannot know', async () => {
  const w = await world({ codeDeploy: group })

  expect(await w.executor.examine(w.target, signal())).toEqual([
    expect.objectContaining({
      kind: 'choice',
      text: expect.stringContaining('codedeploy:CreateDeployment'),
    }),
  ])
  expect(w.changesAsked()).toEqual([])
})

test.for([
  ['GetDeploymentGroup', 'codedeploy', 'blocks'],
  ['ListDeployments', 'codedeploy', 'blocks'],
  ['BatchGetDeployments', 'codedeploy', 'blocks'],
  ['BatchGetApplicationRevisions', 'codedeploy', 'blocks'],
  ['DescribeServices', 'ecs', 'blocks'],
  ['ListTasks', 'ecs', 'limits'],
] as const)('a right to %s of %s that is missing %s', async ([action, prefix, kind]) => {
  const w = await world({ codeDeploy: group })
  w.pretend.deny(action)

  expect(await w.executor.examine(w.target, signal())).toContainEqual({
    kind,
    text: expect.stringContaining(`may not call ${prefix}:${action} on `),
    remedy: expect.stringContaining('deploy/codedeploy-policy.json'),
  })
})

test('a group that is not there, or deploys another service, and a service that ECS deploys are found', async () => {
  const w = await world({ codeDeploy: group })
  const byEcs = await world({ codeDeploy: group, controller: 'ECS' })
  const { spec } = w.target
  const named = async (more: object) =>
    w.executor.examine({ ...w.target, spec: { ...Object(spec), ...more } }, signal())

  expect(await named({ group: 'chekout' })).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('there is no deployment group chekout') },
  ])
  w.pretend.createService({
    cluster: 'prod',
    name: 'cart',
    codeDeploy: { application: 'shop', group: 'cart' },
    past: [{ definition: w.definitions.get('2.3.0') ?? '', at: new Date() }],
  })
  expect(await named({ group: 'cart' })).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('deploys another service') },
  ])
  expect(await byEcs.executor.examine(byEcs.target, signal())).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('controller is not CODE_DEPLOY') },
  ])
})

test('the pretend CodeDeploy offers what AWS’s own model has, and what is asked of it is nothing else', () => {
  expect(Object.keys(codeDeployRequests).toSorted()).toEqual(codeDeployModel.operations.toSorted())
})
