import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { everyFigure } from './every-figure.ts'

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.object({ summary: z.string().min(20), action: z.string().min(20) }),
        }),
      ),
    }),
  ),
})
const alertsFile = 'deploy/alerts.yaml'
const alerts = Rules.parse(parse(readFileSync(alertsFile, 'utf8'))).groups.flatMap(
  ({ rules }) => rules,
)

const described = async () =>
  (await everyFigure().registry.getMetricsAsJSON()).filter(({ name }) =>
    name.startsWith('countermand_'),
  )

/** Debian's package `prometheus` brings it; where it is not there, our own rules must do. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const promtool = (args: readonly string[], input = ''): string => {
  if (!hasPromtool) return ''
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

test('figures are named as Prometheus asks for: base units, counters by _total, each with a help text', async () => {
  const figures = await described()
  const problems = figures.flatMap(({ name, help, type }) => [
    ...(/^[a-z]+(?:_[a-z]+)+$/.test(name) ? [] : [`${name}: not in snake case`]),
    ...(/_(?:ms|millis\w*|micros\w*|minutes|hours|percent|kb|mb)\b/.test(name)
      ? [`${name}: no base unit`]
      : []),
    ...((String(type) === 'counter') === name.endsWith('_total') ? [] : [`${name}: _total`]),
    ...(String(type) === 'histogram' && !name.endsWith('_seconds') ? [`${name}: no unit`] : []),
    ...(help.length > 15 && help.endsWith('.') ? [] : [`${name}: no help`]),
  ])

  expect(problems).toEqual([])
  expect(figures.length).toBeGreaterThan(25)
})

test('promtool, where it is there, finds nothing to say about what a scrape gets', async () => {
  const measures = everyFigure()
  measures.expect(['checkout'])
  measures.admitted('admitted', 0.01)
  measures.noticed('card', 'shown')
  measures.slackCalled('chat.postMessage', 'answered', 0.1)

  const text = await measures.registry.metrics()

  expect(text).toContain('countermand_outbox_oldest_seconds 1.5')
  expect(promtool(['check', 'metrics'], text)).toBe('')
})

test('docs/metrics.md describes every figure as it is', async () => {
  const doc = readFileSync('docs/metrics.md', 'utf8')
  const rows = doc.split('\n').filter((line) => line.startsWith('| `countermand_'))

  const told = (await described()).map(
    ({ name, type, help }) => `| \`${name}\` | ${type} | ${labelsOf(name)} | ${help} |`,
  )

  expect(rows.toSorted()).toEqual(told.toSorted())
})

test('docs/metrics.md names every alert, and every alert asks only for figures that exist', async () => {
  const doc = readFileSync('docs/metrics.md', 'utf8')
  const known = (await everyFigure().registry.getMetricsAsJSON()).map(({ name }) => name)
  const asked = alerts.flatMap(({ expr }) => expr.match(/\b(?:countermand|nodejs|process)_\w+/g))
  const bare = (name: string | null): string => String(name).replace(/_(?:bucket|count|sum)$/, '')

  expect(alerts.filter(({ alert }) => !doc.includes(`\`${alert}\``))).toEqual([])
  expect(asked.filter((name) => !known.includes(bare(name)))).toEqual([])
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
})

test('promtool, where it is there, finds the alerts sound, and each calls when it should', () => {
  expect(alerts.length).toBeGreaterThan(10)
  expect(promtool(['check', 'rules', alertsFile])).toBe('')
  expect(promtool(['test', 'rules', 'test/http/alerts.promtool.yaml'])).toBe('')
})

test('what is not measured while the database is away is left out, not told from memory', async () => {
  const measures = everyFigure()
  const { registry } = everyFigure({ backlog: () => Promise.reject(new Error('away')) })

  const there = await measures.registry.metrics()
  const away = await registry.metrics()

  expect(there).toContain('countermand_database_up 1')
  expect(away).toContain('countermand_database_up 0')
  expect(away).not.toMatch(/^countermand_(?:outbox|inbox|replicas|jobs)\w* /m)
})

function labelsOf(name: string): string {
  const figure: unknown = everyFigure().registry.getSingleMetric(name)
  const names =
    figure && typeof figure === 'object' && 'labelNames' in figure ? figure.labelNames : []
  return Array.isArray(names) && names.length > 0 ? names.map((one) => `\`${one}\``).join(' ') : '–'
}
