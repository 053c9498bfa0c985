import { afterEach, beforeEach, expect, test } from 'vitest'
import { instant, minutes } from '#domain/time.ts'
import { cloudwatch } from '#metrics/cloudwatch.ts'
import { aService } from '../support/builders.ts'
import { pretendSource, type Says } from './pretend-source.ts'

const to = instant(1_795_237_800_000_000)
const window = { from: instant(to - minutes(5)), to }
const [start, end] = [window.from / 1_000_000, to / 1_000_000]
const never = new AbortController().signal

let says: Says
let server: Awaited<ReturnType<typeof pretendSource>>
beforeEach(async () => {
  server = await pretendSource(() => says)
})
afterEach(() => server.close())

/** One figure that is reckoned from two others, as CloudWatch takes it. */
const query = JSON.stringify([
  { Id: 'e', Expression: 'errors / requests' },
  {
    Id: 'errors',
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: 'AWS/ApplicationELB', MetricName: 'HTTPCode_Target_5XX_Count' },
      Period: '$window',
      Stat: 'Sum',
    },
  },
]).replace('"$window"', '$window')
const metrics = (timeoutMs?: number) =>
  cloudwatch({
    region: 'eu-central-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
const measure = (text = query, timeoutMs?: number) =>
  metrics(timeoutMs).measure(aService({ signals: { errorRate: text } }), 'errorRate', window, never)
/** As it answers in AWS JSON 1.0: points at the beginning of their period. */
const result = (values: readonly number[], StatusCode = 'Complete', more: object = {}) => ({
  MetricDataResults: [
    {
      Id: 'e',
      Label: 'e',
      Timestamps: values.map((_, index) => start + index * 60),
      Values: values,
      StatusCode,
      ...more,
    },
  ],
  Messages: [],
})

test('is asked by its SDK, signed, for the window, with its length in seconds', async () => {
  says = { body: result([0.06]) }

  const measured = await measure()

  expect(measured).toMatchObject({ kind: 'value', value: 0.06 })
  const [asked] = server.asked
  expect(asked?.headers['x-amz-target']).toMatch(/\.GetMetricData$/)
  expect(asked?.headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\//)
  const body: unknown = JSON.parse(asked?.body ?? '{}')
  expect(body).toMatchObject({ StartTime: start, EndTime: end })
  expect(body).toMatchObject({
    MetricDataQueries: [
      { Id: 'e' },
      { Id: 'errors', ReturnData: false, MetricStat: { Period: 300 } },
    ],
  })
})

test('no data, a part of the data and several series are different answers, and none is a figure', async () => {
  const told = async (body: object) => {
    says = { body }
    return measure()
  }

  expect(await told(result([]))).toMatchObject({ kind: 'no_data' })
  expect(await told({ MetricDataResults: [], Messages: [] })).toMatchObject({ kind: 'no_data' })
  expect(
    await told(result([0.01], 'PartialData', { Messages: [{ Code: 'x', Value: 'too many' }] })),
  ).toMatchObject({
    kind: 'unavailable',
    why: 'the answer is not complete (PartialData): too many',
  })
  expect(await told({ ...result([1]), NextToken: 'more' })).toMatchObject({
    kind: 'unavailable',
    why: 'the answer is not complete (Complete)',
  })
  const two = result([1]).MetricDataResults
  expect(await told({ MetricDataResults: [...two, ...two] })).toMatchObject({
    why: expect.stringContaining('must return one'),
  })
})

test('what AWS refuses is said in words', async () => {
  const refused = async (type: string, status = 400) => {
    says = {
      status,
      body: { __type: `com.amazon.coral.service#${type}`, message: 'User: arn:aws:iam::1:user/x' },
    }
    const measured = await measure()
    return measured.kind === 'unavailable' ? measured.why : measured.kind
  }

  expect(await refused('AccessDeniedException')).toBe(
    'the credentials may not do cloudwatch:GetMetricData',
  )
  expect(await refused('ExpiredTokenException')).toBe(
    'the credentials are not known there, or have expired',
  )
  expect(await refused('ThrottlingException')).toBe('it is asked too often')
})

test('a query that is no list of queries is not sent', async () => {
  says = { body: result([1]) }

  expect(await measure('SELECT 1')).toMatchObject({
    kind: 'unavailable',
    why: 'the query is no list of metric data queries as JSON',
  })
  expect(server.asked).toEqual([])
})

test('slow and away are said, without a key', async () => {
  says = 'hang'
  const slow = await measure(query, 100)
  await server.close()
  const away = await measure()

  expect(slow).toMatchObject({ kind: 'unavailable', why: 'no answer within 0.1 s' })
  expect(away).toMatchObject({ kind: 'unavailable', why: 'the connection was refused' })
  expect(JSON.stringify([slow, away])).not.toMatch(/AKIA|secret/)
})

test('a curve has its points at the end of their periods', async () => {
  says = { body: result([0.01, 0.02]) }

  const curve = await metrics().curve(
    aService({ signals: { errorRate: query } }),
    'errorRate',
    window,
    minutes(1),
    never,
  )

  expect(curve.kind === 'points' && curve.points.map(({ value }) => value)).toEqual([
    null,
    0.01,
    0.02,
    null,
    null,
    null,
  ])
})
