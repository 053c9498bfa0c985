import { expect, test, vi } from 'vitest'
import { ecsApi } from '#executors/ecs/api.ts'
import { balancerRequests } from '#sandbox/aws/balancer/operations.ts'
import { balancerModel, freshWorlds, model, signal } from './world.ts'
import { requests } from '#sandbox/aws/ecs/requests.ts'

const world = freshWorlds()
const loadBalancers = [
  {
    targetGroupArn:
      'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/shop/73e2d6bc24d8a067',
    containerName: 'app',
    containerPort: 8080,
  },
]
const unknowable = expect.objectContaining({
  kind: 'choice',
  text: expect.stringContaining('shows only when they are used'),
})

test('an examination asks everything that a rollback would, changes nothing, and says what it cannot know', async () => {
  const w = await world()

  const found = await w.executor.examine(w.target, signal())

  expect(found).toEqual([unknowable])
  expect(w.changesAsked()).toEqual([])
})

test.for([
  ['DescribeServices', 'blocks'],
  ['ListServiceDeployments', 'blocks'],
  ['DescribeServiceDeployments', 'blocks'],
  ['DescribeServiceRevisions', 'blocks'],
  ['DescribeTaskDefinition', 'blocks'],
  ['ListTasks', 'limits'],
  ['DescribeTasks', 'limits'],
  ['ListTaskDefinitions', 'limits'],
  ['DescribeTargetHealth', 'limits'],
] as const)('a right to %s that is missing %s', async ([action, kind]) => {
  const w = await world({ around: { loadBalancers } })
  w.pretend.deny(action)

  const found = await w.executor.examine(w.target, signal())

  expect(found).toContainEqual({
    kind,
    text: expect.stringMatching(new RegExp(`may not call \\w+:${action} on `)),
    remedy: 'give the role of the process what deploy/ecs-policy.json has',
  })
})

test('a service that is not there, or that another tool deploys, is found before it is needed', async () => {
  const w = await world()
  const foreign = await world({ controller: 'CODE_DEPLOY' })
  const elsewhere = { ...w.target, spec: { cluster: 'prod', service: 'chekout', region: null } }

  expect(await w.executor.examine(elsewhere, signal())).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('there is no ECS service chekout') },
  ])
  expect(await foreign.executor.examine(foreign.target, signal())).toMatchObject([
    { kind: 'blocks', text: expect.stringContaining('CodeDeploy deploys it') },
  ])
})

test.for([
  ['ExpiredTokenException', 'the credentials are not known there, or have expired'],
  ['ThrottlingException', 'answers ThrottlingException'],
] as const)('%s is said in a sentence', async ([reason, why]) => {
  const w = await world()
  w.pretend.faults.add({ path: '/Describe', times: 20, status: 400, reason })

  await expect(w.observe()).rejects.toThrow(why)
})

test('an ECS that does not answer one question ends the examination, and not the process', async () => {
  const w = await world()
  w.pretend.faults.add({ path: '/ListTasks', times: 3, cut: 'before' })
  w.pretend.faults.add({ path: '/DescribeTaskDefinition', times: 1, delayMs: 2_000 })
  const nobodyHandles = vi.fn<() => void>()
  process.on('unhandledRejection', nobodyHandles)

  await expect(w.executor.examine(w.target, signal())).rejects.toThrow('ECS in eu-central-1 cannot')

  process.off('unhandledRejection', nobodyHandles)
  expect(nobodyHandles).not.toHaveBeenCalled()
})

test('an address where nobody answers is said in a sentence', async () => {
  const api = ecsApi({
    region: 'eu-central-1',
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' },
  })

  await expect(
    api.service({ cluster: 'prod', service: 'checkout', region: null }, signal()),
  ).rejects.toThrow(/^ECS in eu-central-1 cannot be reached: /)
})

test('without a region anywhere it is said where one may stand', async () => {
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' }
  const api = ecsApi({ region: null, endpoint: 'http://127.0.0.1:9', credentials })

  await expect(
    api.service({ cluster: 'prod', service: 'checkout', region: null }, signal()),
  ).rejects.toThrow(
    'ECS cannot be asked: no region is named; give the target one, or set AWS_REGION',
  )
  vi.unstubAllEnvs()
})

test('the pretend ECS offers what AWS’s own model has, and what is asked of it is nothing else', () => {
  expect(Object.keys(balancerRequests)).toEqual(balancerModel.operations)
  expect(Object.keys(requests).toSorted()).toEqual(model.operations.toSorted())
})

test('a request or an answer that is not as AWS’s model says is found', () => {
  const exchange = { operation: 'ListTasks', request: { cluster: 'prod' }, status: 200, answer: {} }

  expect(model.deviations(exchange)).toEqual([])
  expect(model.deviations({ ...exchange, request: { desiredStatus: 'BROKEN' } })).toEqual([
    'ListTasks request.desiredStatus: may not be BROKEN',
  ])
  expect(model.deviations({ ...exchange, answer: { taskArns: [1], more: true } })).toEqual([
    'ListTasks answer.taskArns[0]: is no text',
    'ListTasks answer: has no more',
  ])
  expect(model.deviations({ ...exchange, status: 400, answer: { __type: 'NoSuchThing' } })).toEqual(
    ['ListTasks: may not answer NoSuchThing'],
  )
  expect(model.deviations({ ...exchange, operation: 'DescribeTasks', request: {} })).toEqual([
    'DescribeTasks request: lacks tasks',
  ])
})
