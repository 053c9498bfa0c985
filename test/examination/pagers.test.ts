import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PagerSettings } from '#config/pagers.ts'
import { pagersPart } from '#examination/pagers.ts'
import { type PretendPager, startPager } from '#sandbox/pager.ts'
import { aService, checkout } from '../support/builders.ts'

let pager: PretendPager
beforeEach(async () => {
  pager = await startPager(() => new Date('2026-11-21T14:30:00Z'))
})
afterEach(() => pager.close())

const key = 'R0123456789ABCDEF'
async function said(
  pagers: readonly (readonly [string, PagerSettings])[],
  keys: readonly string[],
  service: Parameters<typeof aService>[0] = {},
): Promise<readonly string[]> {
  const part = pagersPart(
    { pagerKeys: new Map(keys.map((name) => [name, key])) },
    { pagers: new Map(pagers), catalogue: new Map([[checkout, aService(service)]]) },
  )
  const findings = await part.look(new AbortController().signal)
  return findings.map(({ result, text }) => `${result}: ${text}`)
}
const shop = (): readonly [string, PagerSettings] => ['shop', { kind: 'pagerduty', url: pager.url }]

test('to have no pager is a choice', async () => {
  expect(await said([], [])).toEqual(['fine: none is configured: people are called in Slack alone'])
})

test('a pager is reached without anybody being called', async () => {
  expect(await said([shop()], ['shop'], { pager: 'shop' })).toEqual([
    'fine: PagerDuty (shop) answers; whether it knows the key shows only when somebody is called',
  ])
  expect(pager.calls()).toEqual([])
})

test('a pager that cannot be reached, a service without one, and a key that is nobody’s are found', async () => {
  const gone: PagerSettings = { kind: 'jsm', url: 'http://127.0.0.1:1' }

  expect(await said([['away', gone]], ['away', 'shopp'])).toEqual([
    'wrong: Jira Service Management (away) did not answer: the connection was refused',
    'note: PAGER_SHOPP_KEY is set, and no pager shopp stands under pagers',
    'note: nobody is paged for checkout: they are called in Slack alone',
  ])
})
