import { expect, test } from 'vitest'
import { aFile, aService, configOf, problemsOf } from './support.ts'

const canary = {
  arms: { canary: 'track="canary"', baseline: 'track="stable", zone=~"eu-.*"' },
  requests: { query: 'sum(increase(r{app="checkout",$arm}[$window]))' },
  errors: { query: 'sum(increase(e{app="checkout",$arm}[$window])) or vector(0)' },
}
const withCanary = (own: Readonly<Record<string, unknown>>) =>
  aFile({ services: { checkout: aService({ canary: { ...canary, ...own } }) } })

test('a canary is told from what runs beside it by labels', () => {
  const { catalogue } = configOf({}, withCanary({}))

  expect([...catalogue.values()][0]?.canary).toEqual({
    arms: canary.arms,
    requests: canary.requests.query,
    errors: canary.errors.query,
  })
})

test('how long requests took is asked with the same labels, where the file says so', () => {
  const latency = { query: 'sum by (le) (increase(l{app="checkout",$arm}[$window]))' }
  const { catalogue } = configOf({}, withCanary({ latency }))

  expect([...catalogue.values()][0]?.canary?.latency).toEqual({ ...latency, perSecond: 1 })
})

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['labels that are none', { arms: { ...canary.arms, canary: 'canary' } }, /must be labels/],
  [
    'labels that close the braces',
    { arms: { ...canary.arms, canary: 'a="b"} or vector(1) or x{c="d"' } },
    /must be labels/,
  ],
  [
    'the same labels twice',
    { arms: { canary: 'track="x"', baseline: 'track="x"' } },
    /must differ/,
  ],
  ['a query without the arm', { requests: { query: 'sum(r[$window])' } }, /must hold \$arm/],
  ['a query without the time', { errors: { query: 'sum(e{$arm}[5m])' } }, /must hold \$arm/],
  ['one query for both', { errors: canary.requests }, /counts the same/],
])('%s is a problem', (_, own, words) => {
  expect(problemsOf(withCanary(own)).join('\n')).toMatch(words)
})
