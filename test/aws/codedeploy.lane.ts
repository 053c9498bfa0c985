import {
  CodeDeployClient,
  CreateApplicationCommand,
  CreateDeploymentGroupCommand,
} from '@aws-sdk/client-codedeploy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NoAnswer } from '#executors/aws/failure.ts'
import { codeDeployApi } from '#executors/code-deploy/api.ts'
import { writtenAppSpec } from '#executors/code-deploy/app-spec.ts'
import { startMoto } from './moto.ts'

const region = 'eu-central-1'
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' }
const target = { cluster: 'prod', service: 'checkout', region, application: 'shop', group: 'live' }
const definition = 'arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-checkout:2'
const signal = () => AbortSignal.timeout(60_000)

let moto: Awaited<ReturnType<typeof startMoto>>
let api: ReturnType<typeof codeDeployApi>
beforeAll(async () => {
  moto = await startMoto()
  api = codeDeployApi({ region, endpoint: moto.url, credentials, timeoutMs: 30_000 })
  const admin = new CodeDeployClient({ region, endpoint: moto.url, credentials })
  await admin.send(
    new CreateApplicationCommand({ applicationName: 'shop', computePlatform: 'ECS' }),
  )
  await admin.send(
    new CreateDeploymentGroupCommand({
      applicationName: 'shop',
      deploymentGroupName: 'live',
      serviceRoleArn: 'arn:aws:iam::123456789012:role/codedeploy',
      ecsServices: [{ clusterName: 'prod', serviceName: 'checkout' }],
    }),
  )
})
afterAll(() => moto.close())

test('a group is asked for and told in AWS’s wire format, and one that is not there is told from faults', async () => {
  expect(await api.group(target, signal())).toMatchObject({
    ecsServices: [{ clusterName: 'prod', serviceName: 'checkout' }],
  })
  expect(await api.group({ ...target, group: 'other' }, signal())).toBeUndefined()
  expect(await api.group({ ...target, application: 'other' }, signal())).toBeUndefined()
  expect(await api.deployments({ ...target, application: 'other' }, signal())).toEqual({
    group: undefined,
    deployments: [],
    unlisted: undefined,
  })
})

test('a deployment is created with an AppSpec, listed and described', async () => {
  const behind = { containerName: 'app', containerPort: 8080 }

  await api.create(target, writtenAppSpec(definition, behind), 'Countermand: back', signal())

  const { deployments, unlisted } = await api.deployments(target, signal())
  const [made, ...more] = deployments
  expect(unlisted).toBeUndefined()
  expect(more).toEqual([])
  expect(made).toMatchObject({ creator: 'user' })
  const specs = await api.appSpecs(target, made ? [made] : [], signal())
  expect(specs.get(made?.deploymentId ?? '')).toMatchObject({ definition, hooks: [] })
})

test('an operation that a server does not have is a trouble in a sentence', async () => {
  await expect(api.stop('d-000000001', signal())).rejects.toThrow(NoAnswer)
})
