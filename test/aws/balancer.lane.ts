import {
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { balancerApi } from '#executors/aws/balancer.ts'
import { startMoto } from './moto.ts'

const region = 'eu-central-1'
/** The one kind of target that needs no network around it. */
const lambda = 'arn:aws:lambda:eu-central-1:123456789012:function:shop'
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' }

let moto: Awaited<ReturnType<typeof startMoto>>
beforeAll(async () => {
  moto = await startMoto()
})
afterAll(() => moto.close())

test('targets are asked for in AWS’s query protocol, and read from its XML', async () => {
  const admin = new ElasticLoadBalancingV2Client({ region, endpoint: moto.url, credentials })
  const { TargetGroups } = await admin.send(
    new CreateTargetGroupCommand({ Name: 'shop', TargetType: 'lambda' }),
  )
  const group = TargetGroups?.[0]?.TargetGroupArn ?? ''
  await admin.send(
    new RegisterTargetsCommand({
      TargetGroupArn: group,
      Targets: [{ Id: lambda }],
    }),
  )
  const api = balancerApi({ region, endpoint: moto.url, credentials, timeoutMs: 30_000 })

  const found = await api.targets(group, AbortSignal.timeout(60_000))

  expect(found).toMatchObject([{ id: lambda, state: expect.any(String) }])
})
