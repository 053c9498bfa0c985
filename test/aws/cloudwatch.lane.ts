import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant, minutes } from '#domain/time.ts'
import { cloudwatch } from '#metrics/cloudwatch.ts'
import { aService } from '../support/builders.ts'
import { startMoto } from './moto.ts'

const region = 'eu-central-1'
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' }

let moto: Awaited<ReturnType<typeof startMoto>>
beforeAll(async () => {
  moto = await startMoto()
})
afterAll(() => moto.close())

test('a figure that was put into CloudWatch is measured', async () => {
  const now = Math.floor(Date.now() / 60_000) * 60_000
  const client = new CloudWatchClient({ region, endpoint: moto.url, credentials })
  await client.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [{ MetricName: 'Errors', Value: 0.062, Timestamp: new Date(now - 120_000) }],
    }),
  )
  const query = JSON.stringify([
    {
      Id: 'errors',
      MetricStat: {
        Metric: { Namespace: 'Shop', MetricName: 'Errors' },
        Period: 60,
        Stat: 'Average',
      },
    },
  ])
  const to = instant(now * 1_000)

  const measured = await cloudwatch({
    region,
    endpoint: moto.url,
    credentials,
    timeoutMs: 30_000,
  }).measure(
    aService({ signals: { errorRate: query } }),
    'errorRate',
    { from: instant(to - minutes(5)), to },
    new AbortController().signal,
  )

  expect(measured).toMatchObject({ kind: 'value', value: 0.062 })
})
