import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const page = readFileSync('docs/systems.md', 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| System'))
  .map((line) => {
    const [system = '', state = '', how = ''] = line.split(' | ').map((cell) => cell.trim())
    return { system: system.replace(/^\| /, ''), state, how }
  })

/** Those that the sources of the product name, and that keep a row until they work. */
const named = [
  'Kubernetes Deployments',
  'Probes',
  'Argo Rollouts',
  'Flagger',
  'Istio VirtualService',
  'Linkerd',
  'Gateway API',
  'Load balancer weights',
  'Canary scaled down',
  'Auto-scaling group',
  'Amazon ECS',
  'Docker Compose',
  'nginx upstream',
  'DNS cutover',
  'Feature flags by HTTP',
  'Feature flags by a CLI',
  'Version pin',
  'Ansible or Chef',
  'Database schema',
  'Regional failover',
  'Deployment freeze',
  'Prometheus',
  'Datadog',
  'New Relic',
  'Dashboards',
  'PagerDuty',
  'Opsgenie',
  'Alertmanager',
  'GitHub Actions',
  'Statuspage',
  'Circuit breaker',
  'k6',
  'Log export',
  'Trace export',
  'Issue tracker',
  'Status, stakeholder and customer messages',
]

test('every system that the sources name, and every executor, has a row', () => {
  const executors = globSync('src/executors/*/index.ts').map((file) => basename(dirname(file)))
  const systems = rows.map(({ system }) => system)

  expect(executors.length).toBeGreaterThan(5)
  expect(named.filter((name) => !systems.some((one) => one.includes(name)))).toEqual([])
  expect(executors.filter((kind) => !systems.some((one) => one.endsWith(`: \`${kind}\``)))).toEqual(
    [],
  )
})

test('what works in whole or in part names a page that is there, and what does not says what to do', () => {
  const states = new Set(['works', 'partly', 'not yet'])
  const pagesOf = (how: string) =>
    [...how.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path = '']) => join('docs', path))

  expect(rows.filter(({ state }) => !states.has(state))).toEqual([])
  expect(rows.flatMap(({ how }) => pagesOf(how)).filter((path) => !existsSync(path))).toEqual([])
  expect(rows.filter(({ state, how }) => state !== 'not yet' && pagesOf(how).length === 0)).toEqual(
    [],
  )
  expect(rows.filter(({ how }) => how.replace(/\|$/, '').trim().length < 20)).toEqual([])
})
