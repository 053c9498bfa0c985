import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseConfigFile } from '#config/file.ts'
import { loadConfig } from '../../src/config.ts'

const example = readFileSync('docs/config.example.yaml', 'utf8')
const withSources = example.replace(
  '  prometheus: {',
  '  datadog: { site: datadoghq.eu }\n  newRelic: { account: 42, region: eu }\n  prometheus: {',
)
const parsed = (text: string) => parseConfigFile('countermand.yaml', text)
const p95From = (from: string) =>
  withSources.replace(
    '      p95:\n',
    `      cpu: { query: "avg:cpu{*}", from: ${from} }\n      p95:\n`,
  )

test('a signal may come from another source than the others', () => {
  const { content, problems } = parsed(p95From('datadog'))

  expect(problems).toEqual([])
  expect(content?.catalogue.get('checkout')?.signalSources).toEqual({ cpu: 'datadog' })
  expect(content?.metrics).toMatchObject({
    datadog: { site: 'datadoghq.eu' },
    newRelic: { account: 42, region: 'eu' },
  })
})

test('a source that nobody configured is a problem of the line that names it', () => {
  const text = p95From('newRelic').replace('  newRelic: { account: 42, region: eu }\n', '')

  expect(parsed(text).problems).toEqual([
    expect.stringContaining('services.checkout.signals.cpu.from: no newRelic stands under metrics'),
  ])
})

test('keys are sent to a site of Datadog and nowhere else', () => {
  const text = withSources.replace('datadoghq.eu', 'datadoghq.example')

  expect(parsed(text).problems).toEqual([expect.stringContaining('metrics.datadog.site')])
})

test('keys come from the environment, and a start without them says which are missing', () => {
  const file = { name: 'countermand.yaml', text: withSources }
  const keys = { DATADOG_API_KEY: 'a1', DATADOG_APP_KEY: 'a2', NEW_RELIC_USER_KEY: 'NRAK-1' }

  const without = loadConfig({ DATADOG_API_KEY: 'a1' }, { file })
  const whole = loadConfig(keys, { file })

  expect(without.ok ? [] : without.problems).toEqual([
    expect.stringContaining('DATADOG_API_KEY and DATADOG_APP_KEY are missing'),
    expect.stringContaining('NEW_RELIC_USER_KEY is missing'),
  ])
  expect(whole.ok && whole.config.metricKeys).toEqual({
    datadog: { api: 'a1', app: 'a2' },
    newRelic: 'NRAK-1',
  })
})
