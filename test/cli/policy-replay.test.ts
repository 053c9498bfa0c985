import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant, minutes, plus, seconds } from '#domain/time.ts'
import { automationText } from '#cli/replay-automation.ts'
import { png } from '#pictures/png.ts'
import { prometheus } from '#metrics/prometheus.ts'
import { type PretendPrometheus, pretendPrometheus } from '../metrics/pretend-prometheus.ts'
import { anArchive, run, withoutHash } from './support.ts'

const day = instant(Date.UTC(2026, 10, 21) * 1_000)
const at = (minute: number) => plus(day, minutes(minute))
/** From 14:10 on 3 % of the requests fail, and from 14:20 on 8 %, until 14:40; at 15:00 for five minutes 2.5 % do. */
const errorsAt = (unix: number): number => {
  const minute = (unix - day / 1_000_000) / 60
  if (minute > 860 && minute <= 880) return 0.08
  return minute > 850 && minute <= 860 ? 0.03 : minute > 900 && minute <= 905 ? 0.025 : 0.001
}
const valueAt = (query: string, unix: number): number =>
  query.startsWith('sum(rate(http_requests_total{app="checkout",code')
    ? errorsAt(unix)
    : query.startsWith('histogram')
      ? 0.18
      : 400

let server: PretendPrometheus
beforeAll(async () => {
  server = await pretendPrometheus((form) => {
    const query = form.get('query') ?? ''
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name)))
    if (!start || !end || !step) {
      const time = Number(form.get('time'))
      const result = [{ metric: {}, value: [time, String(valueAt(query, time))] }]
      return { status: 'success', data: { resultType: 'vector', result } }
    }
    const values = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => {
      const time = start + index * step
      return [time, String(valueAt(query, time))]
    })
    return { status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values }] } }
  })
})
afterAll(() => server.close())

const config = 'docs/config.example.yaml'
const openMetrics = async () => prometheus({ url: server.url })
const archive = {
  ...anArchive(),
  past: async () => ({
    looks: [],
    troubles: [{ incident: 'inc-checkout-7fk3qd', from: at(850), to: at(885) }],
  }),
}
const command = `policy replay --service checkout --from 2026-11-21T14:00 --to 2026-11-21T15:20 --metrics --config ${config}`

function stricter(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'policy-')), 'stricter.yaml')
  const text = readFileSync(config, 'utf8').replace(
    'limits: { errorRateCriticalPercent: 4 }',
    'limits: { errorRateMediumPercent: 2.6, errorRateHighPercent: 2.7, comparisonPointsOfCriticalTier: 2.6, comparisonTimes: 100 }',
  )
  writeFileSync(path, text)
  return path
}

test('says what a policy would have decided on what was measured, what it found, how late, and what was a false alarm', async () => {
  const present = await run(command, { archive, openMetrics })
  const tried = await run(`${command} --policy ${stricter()}`, { archive, openMetrics })

  expect([present.code, tried.code, present.err, tried.err]).toEqual([0, 0, '', ''])
  await expect(
    withoutHash(
      `$ policy replay --metrics\n${present.out}\n\n$ the same with --policy\n${tried.out}\n`,
    ),
  ).toMatchFileSnapshot('../golden/cli/policy-replay.txt')
})

test('says what looks of another length judge as live, and what they do not', () => {
  const automation = { mode: 'on', countdownMicros: seconds(30), triggers: ['error-rate'] } as const
  const about = { automation, window: { from: at(0), to: at(60) }, every: minutes(1) }

  expect(automationText([], about).at(-1)).toMatch(/^Each look is of 1 min\. Live, .*--every 1m/)
})

test('where all must fire together and one of them is not known afterwards, what is told is the most', () => {
  const automation = {
    mode: 'on',
    countdownMicros: seconds(30),
    triggers: ['error-rate', 'alert'],
    combine: 'all',
  } as const
  const about = { automation, window: { from: at(0), to: at(60) }, every: minutes(1) }

  expect(automationText([], about)).toContain(
    'Not known afterwards: alert, and what was deployed when. All must fire together: it would have done this at most.',
  )
})

test('draws the figures, with what was decided and the incidents marked', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'replay-')), 'checkout.png')
  const drawings: string[] = []
  const draw = async (svg: string) => {
    drawings.push(svg)
    return png(svg)
  }

  const { code, out } = await run(`${command} --picture ${path}`, { archive, openMetrics, draw })

  expect([code, out.split('\n').at(-1)]).toEqual([0, `Picture: ${path}`])
  expect(readFileSync(path).subarray(1, 4).toString()).toBe('PNG')
  for (const word of [
    '5xx',
    'P95',
    'automation',
    'counts down',
    'a false alarm',
    'incident on record',
  ])
    expect(drawings[0]).toContain(`>${word}<`)
})

test('a line goes on from look to look, however far apart they are', async () => {
  const drawings: string[] = []
  const draw = async (svg: string) => {
    drawings.push(svg)
    return png(svg)
  }
  const path = join(mkdtempSync(join(tmpdir(), 'replay-')), 'checkout.png')
  const long = command.replace('--to 2026-11-21T15:20', '--to 2026-11-24T14:00')

  await run(`${long} --every 1h --picture ${path}`, { archive, openMetrics, draw })

  const pens = /<path d="([^"]*)"/.exec(drawings[0] ?? '')?.[1]?.replace(/[\d. ]+/g, '')
  expect(pens).toBe(`M${'L'.repeat(71)}`)
})

test('a picture of nothing, or one that cannot be written, is said', async () => {
  const nothing = await run(
    'policy replay --service checkout --from 24h --to 0m --picture /nowhere/x.png',
    { archive: anArchive() },
  )
  const nowhere = await run(`${command} --picture /nowhere/x.png`, { archive, openMetrics })

  expect([nothing.code, nothing.err]).toEqual([
    1,
    'Nothing was measured in this time: there is nothing to draw.',
  ])
  expect([nowhere.code, nowhere.err]).toEqual([
    1,
    expect.stringContaining('The picture cannot be written'),
  ])
})

test('without the record it says what would have been decided, and that nobody knows what was false', async () => {
  const { code, out } = await run(command, { openMetrics })

  expect(code).toBe(0)
  expect(out).toContain('The record of incidents cannot be read')
  expect(out).toContain('Roll back checkout, high')
})

test('a source that is away is said, and nothing is called well', async () => {
  const away = async () => prometheus({ url: 'http://127.0.0.1:1' })

  const { out } = await run(command, { archive, openMetrics: away })

  expect(out).toContain('error-rate: Prometheus – the connection was refused')
  expect(out).toContain('I cannot say how checkout is')
  expect(out).not.toContain('looks well')
})

test('where nothing was assessed there is nothing to decide on', async () => {
  const { code, out } = await run(
    'policy replay --service checkout --from 2026-11-21 --to 2026-11-22',
    { archive: anArchive() },
  )

  expect(code).toBe(0)
  expect(out).toContain('Nothing was seen in this time')
})

test.each([
  ['--from 2026-11-21 --to 2026-11-22', 'Name the service'],
  ['--service checkout --from 2026-11-22 --to 2026-11-21', '--from must lie before --to'],
  ['--service checkout --from 2026-13-41 --to 0m', '--from: there is no such time as 2026-13-41'],
  ['--service checkout --from yesterday --to 0m', '--from takes a time such as'],
  ['--service checkout --from 24h --to 0m --every 10s', '--every takes a minute or more'],
  ['--service checkout --from 9000h --to 0m', 'more than 10000 looks'],
])('%s is not understood, and says why', async (words, why) => {
  const { code, err } = await run(`policy replay ${words}`)

  expect(code).toBe(2)
  expect(err).toContain(why)
})
