import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeregisterTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ecsApi } from '#executors/ecs/api.ts'
import { applyCount, countProgress } from '#executors/ecs/count.ts'
import type { CountChange } from '#executors/ecs/schema.ts'
import { workloadId } from '#domain/ids.ts'
import { NoAnswer } from '#executors/aws/failure.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'
import { botocoreModel, startMoto } from './moto.ts'

const region = 'eu-central-1'
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' }
const target = { cluster: 'prod', service: 'checkout', region }
const signal = () => AbortSignal.timeout(60_000)

let moto: Awaited<ReturnType<typeof startMoto>>
let api: ReturnType<typeof ecsApi>
let definitions: readonly string[]
beforeAll(async () => {
  moto = await startMoto()
  api = ecsApi({ region, endpoint: moto.url, credentials, timeoutMs: 30_000 })
  const admin = new ECSClient({ region, endpoint: moto.url, credentials })
  await admin.send(new CreateClusterCommand({ clusterName: 'prod' }))
  const made: string[] = []
  for (const tag of ['2.1.9', '2.2.1', '2.3.0']) {
    const containerDefinitions = [
      {
        name: 'app',
        image: `shop/checkout:${tag}`,
        memory: 256,
        environment: [{ name: 'LOG_LEVEL', value: 'info' }],
      },
    ]
    const { taskDefinition } = await admin.send(
      new RegisterTaskDefinitionCommand({ family: 'shop-checkout', containerDefinitions }),
    )
    made.push(taskDefinition?.taskDefinitionArn ?? '')
  }
  definitions = made
  await admin.send(new DeregisterTaskDefinitionCommand({ taskDefinition: definitions[0] ?? '' }))
  await admin.send(
    new CreateServiceCommand({
      cluster: 'prod',
      serviceName: 'checkout',
      taskDefinition: definitions[2] ?? '',
      desiredCount: 2,
    }),
  )
})
afterAll(() => moto.close())

test('a service is asked for and told in AWS’s wire format', async () => {
  const service = await api.service(target, signal())

  expect(service).toMatchObject({
    serviceName: 'checkout',
    status: 'ACTIVE',
    desiredCount: 2,
    taskDefinition: definitions[2],
  })
  expect(service?.serviceArn).toMatch(/^arn:aws:ecs:eu-central-1:\d{12}:service\/prod\/checkout$/)
})

test('a service and a cluster that are not there are told from faults', async () => {
  expect(await api.service({ ...target, service: 'cart' }, signal())).toBeUndefined()
  expect(await api.service({ ...target, cluster: 'stage' }, signal())).toBeUndefined()
})

test('a task definition says whether it can be deployed', async () => {
  const [inactive = '', before = ''] = definitions

  expect(await api.definition(before, signal())).toMatchObject({
    status: 'ACTIVE',
    family: 'shop-checkout',
    revision: 2,
    containerDefinitions: [{ name: 'app', image: 'shop/checkout:2.2.1' }],
  })
  expect((await api.definition(inactive, signal()))?.status).toBe('INACTIVE')
  expect(await api.definition('shop-checkout:99', signal())).toBeUndefined()
})

test('a definition that was deregistered is registered once more, and its copy found by its tag', async () => {
  const [inactive = ''] = definitions
  const again = ecsApi({ region, endpoint: moto.url, credentials, timeoutMs: 30_000 })
  expect(await api.copyOf(inactive, signal())).toBeUndefined()

  await api.registerCopy(inactive, signal())

  const copy = await again.copyOf(inactive, signal())
  expect(copy).toMatch(/:task-definition\/shop-checkout:4$/)
  expect(await again.originOf(copy ?? '', signal())).toBe(inactive)
  expect(await again.definition(copy ?? '', signal())).toMatchObject({
    status: 'ACTIVE',
    containerDefinitions: [
      { name: 'app', image: 'shop/checkout:2.1.9', environment: [{ name: 'LOG_LEVEL' }] },
    ],
  })
  definitions = [...definitions, copy ?? '']
})

test('active definitions of a family are listed', async () => {
  expect((await api.activeDefinitions('shop-checkout', 10, signal())).toSorted()).toEqual(
    definitions.slice(1),
  )
})

test('tasks are listed and described', async () => {
  expect(await api.tasks(target, 'RUNNING', signal())).toBeInstanceOf(Array)
})

test('a deployment changes the task definition and nothing else', async () => {
  const [, before = ''] = definitions

  await api.deploy(target, before, signal())

  expect(await api.service(target, signal())).toMatchObject({
    taskDefinition: before,
    desiredCount: 2,
  })
})

test('a service is stopped for a schema and started again by its count, and keeps its task definition', async () => {
  const before = await api.service(target, signal())
  if (!before) throw new Error('moto has no such service')
  const parts = {
    api: () => api,
    balancer: () => {
      throw new Error('no balancer is asked')
    },
    revisions: memoryRevisions().revisions,
    servedLongMicros: 0,
    scrub: (text: string) => text,
  }
  const stop: CountChange = {
    kind: 'set_count',
    target,
    workload: workloadId('ecs/eu-central-1/prod/checkout'),
    service: before.serviceArn,
    createdAt: before.createdAt ?? null,
    count: 0,
  }

  await applyCount(parts, stop, signal())
  await applyCount(parts, stop, signal())
  const stopped = await api.service(target, signal())
  const looks = []
  for await (const one of countProgress(parts, stop, signal())) looks.push(one)
  await applyCount(parts, { ...stop, count: 2 }, signal())

  expect(stopped).toMatchObject({ desiredCount: 0, taskDefinition: before.taskDefinition })
  expect(looks.at(-1)).toEqual({ kind: 'settled', ready: 0, wanted: 0 })
  expect(await api.service(target, signal())).toMatchObject({
    desiredCount: 2,
    taskDefinition: before.taskDefinition,
  })
})

test('an operation that a server does not have is a trouble in a sentence, and never an empty answer', async () => {
  await expect(api.deployments(target, signal())).rejects.toThrow(NoAnswer)
  await expect(api.deployments(target, signal())).rejects.toThrow(/^ECS in eu-central-1 /)
})

const Model = z.object({
  operations: z.record(z.string(), z.unknown()),
  shapes: z.record(z.string(), z.unknown()),
})

test.for([
  ['ecs', '2014-11-13', 12],
  ['codedeploy', '2014-10-06', 7],
  ['elbv2', '2015-12-01', 1],
] as const)(
  'the model of %s that the pretend AWS is held against is AWS’s own',
  ([service, version, count]) => {
    const text = readFileSync(`test/fixtures/aws/${service}-${version}.json`, 'utf8')
    const kept = Model.parse(JSON.parse(text))
    const file = botocoreModel(service, version)
    const whole = Model.parse(undocumented(JSON.parse(gunzipSync(readFileSync(file)).toString())))

    expect(Object.keys(kept.operations)).toHaveLength(count)
    for (const [name, operation] of Object.entries(kept.operations))
      expect(whole.operations[name]).toMatchObject(Object(operation))
    for (const [name, shape] of Object.entries(kept.shapes))
      expect(whole.shapes[name]).toEqual(shape)
  },
)

function undocumented(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(undocumented)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'documentation' && key !== 'documentationUrl')
      .map(([key, one]) => [key, undocumented(one)]),
  )
}
