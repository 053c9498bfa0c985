import { expect, test } from 'vitest'
import { conventional, conventionNames } from '#config/conventions.ts'
import type { Service } from '#domain/service.ts'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const arms = { canary: 'track="canary"', baseline: 'track="stable"' }
const envoy = 'envoy_cluster_name="outbound|8080||checkout"'
const metrics = { prometheus: { url: 'http://prometheus.monitoring:9090' } }
const withService = (own: Readonly<Record<string, unknown>>, more: object = { metrics }) =>
  aFile({ services: { checkout: aService(own) }, ...more })

const serviceBy = (convention: string, match?: string): Service => {
  const by = { convention, ...(match === undefined ? {} : { match }) }
  const signals = Object.fromEntries(conventional.map((name) => [name, by]))
  const { catalogue } = configOf(
    {},
    withService({ signals, canary: { arms, latency: true, ...by } }),
  )
  const [service] = catalogue.values()
  if (!service) throw new Error('no service')
  return service
}

test('what each convention asks reads as a table', async () => {
  const lines = conventionNames.flatMap((name) => {
    const { signals, canary } = serviceBy(name, name === 'envoy' ? envoy : undefined)
    return [
      name,
      ...conventional.map((signal) => `  ${signal.padEnd(15)}${signals[signal] ?? ''}`),
      `  canary requests ${canary?.requests ?? ''}`,
      `  canary errors   ${canary?.errors ?? ''}`,
      `  canary latency  ${canary?.latency?.query ?? ''}, ${canary?.latency?.perSecond ?? 0} to a second`,
      '',
    ]
  })

  await expect(lines.join('\n')).toMatchFileSnapshot('../golden/config/conventions.txt')
})

test('labels of one’s own take the place of the usual ones, and Prometheus is asked although another source stands first', () => {
  const { signals, signalSources } = serviceBy('spring', 'app="shop", zone=~"eu-.*"')

  expect(signals.throughput).toBe(
    'sum(rate(http_server_requests_seconds_count{app="shop", zone=~"eu-.*"}[$window]))',
  )
  expect(signalSources?.throughput).toBe('prometheus')
})

test.each<[string, Readonly<Record<string, unknown>>, RegExp, object?]>([
  ['a query and a convention', { signals: { p95: { query: 'a', convention: 'istio' } } }, /either/],
  ['neither of them', { signals: { p95: { match: 'a="b"' } } }, /either a query/],
  ['a convention nobody knows', { signals: { p95: { convention: 'linkerd' } } }, /istio/],
  ['one for what it cannot tell', { signals: { cpu: { convention: 'istio' } } }, /cpu needs/],
  [
    'Envoy without the name of its cluster',
    { signals: { p95: { convention: 'envoy' } } },
    /needs match/,
  ],
  [
    'labels beside a query',
    { signals: { p95: { query: 'a', match: 'a="b"' } } },
    /belongs to a convention/,
  ],
  [
    'labels that end the braces',
    { signals: { p95: { convention: 'spring', match: 'a="b"} or vector(1) #' } } },
    /must be labels/,
  ],
  [
    'another source than Prometheus',
    { signals: { p95: { convention: 'istio', from: 'datadog' } } },
    /measured by Prometheus/,
    { metrics: { ...metrics, datadog: { site: 'datadoghq.eu' } } },
  ],
  [
    'a convention without Prometheus',
    { signals: { p95: { convention: 'istio' } } },
    /signals\.p95\.convention: no prometheus/,
    {},
  ],
  [
    'a canary by a convention and queries',
    { canary: { arms, convention: 'istio', errors: { query: '$arm$window' } } },
    /needs either requests and errors/,
  ],
  [
    'the latency of a convention that is not named',
    {
      canary: {
        arms,
        latency: true,
        requests: { query: 'r{$arm}[$window]' },
        errors: { query: 'e{$arm}[$window]' },
      },
    },
    /canary\.latency: is true/,
  ],
  ['a canary of Envoy without its cluster', { canary: { arms, convention: 'envoy' } }, /match/],
  [
    'a canary by a convention without Prometheus',
    { canary: { arms, convention: 'istio' } },
    /canary\.convention: no prometheus/,
    {},
  ],
])('%s is a problem', (_, own, words, more) => {
  expect(problemsOf(withService(own, more)).join('\n')).toMatch(words)
})
