import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { incidentId } from '#domain/ids.ts'
import { checkout } from '../support/builders.ts'
import { at } from '../support/builders.ts'
import { jsm } from '#pagers/jsm.ts'
import { pagerDuty } from '#pagers/pagerduty.ts'
import { type Page, type Pager, PagerBusy, PageRefused } from '#ports/pager.ts'
import { pretendSource, type Says } from '../metrics/pretend-source.ts'

let says: Says
let server: Awaited<ReturnType<typeof pretendSource>>
beforeEach(async () => {
  server = await pretendSource(() => says)
})
afterEach(() => server.close())

const never = new AbortController().signal
const key = incidentId('inc-checkout-1')
const page: Page = {
  key,
  service: checkout,
  severity: 'critical',
  summary: 'checkout (prod/production): 5xx 6.2 %, above 5 %',
  startedAt: at('14:23:00'),
  details: { incident: key, owner: 'Payments' },
  links: [{ title: 'Runbook', url: 'https://wiki.shop.example/runbooks/checkout' }],
}

/** As they answer by their documentation: PagerDuty's developer docs (events-API-v2), Atlassian's integration events. */
const pagers = {
  PagerDuty: {
    make: (url = server.url, timeoutMs?: number): Pager =>
      pagerDuty({ name: 'PagerDuty (payments)', url, routingKey: 'r0ut1ng', timeoutMs }),
    taken: {
      status: 202,
      body: { status: 'success', message: 'Event processed', dedup_key: 'inc-checkout-1' },
    },
    refused: {
      status: 400,
      body: {
        status: 'invalid event',
        message: 'Event object is invalid',
        errors: ["Length of 'routing_key' is incorrect (should be 32 characters)"],
      },
    },
    requests: [
      {
        method: 'POST',
        path: '/v2/enqueue',
        body: {
          routing_key: 'r0ut1ng',
          event_action: 'trigger',
          dedup_key: 'inc-checkout-1',
          client: 'Countermand',
          payload: {
            summary: page.summary,
            source: 'checkout',
            severity: 'critical',
            timestamp: '2026-11-21T14:23:00.000000Z',
            component: 'checkout',
            class: 'P0',
            custom_details: page.details,
          },
          links: [{ href: 'https://wiki.shop.example/runbooks/checkout', text: 'Runbook' }],
        },
      },
      {
        method: 'POST',
        path: '/v2/enqueue',
        body: {
          routing_key: 'r0ut1ng',
          event_action: 'acknowledge',
          dedup_key: 'inc-checkout-1',
        },
      },
      {
        method: 'POST',
        path: '/v2/enqueue',
        body: { routing_key: 'r0ut1ng', event_action: 'resolve', dedup_key: 'inc-checkout-1' },
      },
    ],
    summaryOf: (body: Sent) => (body['payload'] as Sent)['summary'],
    longest: 1_024,
  },
  JSM: {
    make: (url = server.url, timeoutMs?: number): Pager =>
      jsm({ name: 'Jira Service Management (payments)', url, apiKey: 'an-api-key', timeoutMs }),
    taken: {
      status: 202,
      body: {
        result: 'Request will be processed',
        took: 0.302,
        requestId: '43a29c5c-3dbf-4fa4-9c26-f4f71023e120',
      },
    },
    refused: {
      status: 422,
      body: { message: 'Request body is not processable.', took: 0.01, requestId: 'a' },
    },
    requests: [
      {
        method: 'POST',
        path: '/jsm/ops/integration/v2/alerts',
        body: {
          message: page.summary,
          alias: 'inc-checkout-1',
          description: `${page.summary}\nRunbook: https://wiki.shop.example/runbooks/checkout`,
          entity: 'checkout',
          source: 'Countermand',
          tags: ['countermand', 'P0', 'critical'],
          details: page.details,
          priority: 'P1',
        },
      },
      {
        method: 'POST',
        path: '/jsm/ops/integration/v2/alerts/inc-checkout-1/acknowledge?identifierType=alias',
        body: { source: 'Countermand', user: 'Countermand' },
      },
      {
        method: 'POST',
        path: '/jsm/ops/integration/v2/alerts/inc-checkout-1/close?identifierType=alias',
        body: { source: 'Countermand', user: 'Countermand' },
      },
    ],
    summaryOf: (body: Sent) => body['message'],
    longest: 130,
  },
} as const
type Sent = Readonly<Record<string, unknown>>

const bodyOf = (body: string): Sent => JSON.parse(body) as Sent
const failure = (doing: Promise<void>): Promise<unknown> =>
  doing.then(
    () => 'it was taken',
    (error: unknown) => error,
  )

describe.each(Object.entries(pagers))('%s', (_, pager) => {
  test('a call, its acknowledgement and its end all name the incident', async () => {
    says = pager.taken
    const made = pager.make()

    await made.call(page, never)
    await made.acknowledge(key, never)
    await made.resolve(key, never)

    expect(
      server.asked.map(({ method, url, body }) => ({
        method,
        path: url.pathname + url.search,
        body: bodyOf(body),
      })),
    ).toEqual(pager.requests)
  })

  test('what is refused is not to be tried again, and the key is in no word of it', async () => {
    says = pager.refused

    const error = await failure(pager.make().call(page, never))

    expect(error).toBeInstanceOf(PageRefused)
    expect(String(error)).toMatch(/answered 4\d\d: the key, or what was sent, is not valid there/)
    expect(String(error)).not.toMatch(/r0ut1ng|an-api-key/)
  })

  test.each([
    ['7', 7_000],
    ['86400', 60_000],
    ['Sat, 21 Nov 2026 15:00:00 GMT', 5_000],
    [undefined, 5_000],
  ])('429 with Retry-After %s is waited for %i ms', async (retryAfter, afterMs) => {
    says = { status: 429, body: '', ...(retryAfter && { headers: { 'retry-after': retryAfter } }) }

    const error = await failure(pager.make().call(page, never))

    expect(error).toBeInstanceOf(PagerBusy)
    expect((error as PagerBusy).afterMs).toBe(afterMs)
  })

  test('5xx, and no answer, are tried again by whoever asked', async () => {
    says = { status: 502, body: 'bad gateway' }
    const broken = await failure(pager.make().call(page, never))
    says = 'hang'
    const silent = await failure(pager.make(server.url, 50).call(page, never))
    const gone = await failure(pager.make('http://127.0.0.1:1').call(page, never))

    for (const error of [broken, silent, gone]) {
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(PageRefused)
      expect(error).not.toBeInstanceOf(PagerBusy)
    }
    expect([broken, silent, gone].map((error) => (error as Error).message)).toEqual([
      'answered 502',
      'did not answer: no answer within 0.05 s',
      'did not answer: the connection was refused',
    ])
  })

  test('a long text is cut to what is taken there', async () => {
    says = pager.taken

    await pager.make().call({ ...page, summary: 'ü'.repeat(5_000) }, never)

    const summary = String(pager.summaryOf(bodyOf(server.asked[0]?.body ?? '{}')))
    expect(summary).toHaveLength(pager.longest)
    expect(summary.endsWith('ü…')).toBe(true)
  })

  test('no emoji is cut in half', async () => {
    says = pager.taken
    const summary = `${'a'.repeat(pager.longest - 2)}😀 down`

    await pager.make().call({ ...page, summary }, never)

    const sent = String(pager.summaryOf(bodyOf(server.asked[0]?.body ?? '{}')))
    expect(sent).toBe(`${'a'.repeat(pager.longest - 2)}…`)
  })

  test('it is examined without anybody being called', async () => {
    says = pager.refused
    const good = await pager.make().examine(never)
    says = { status: 200, body: '<html>a proxy</html>' }
    const other = await pager.make().examine(never)
    const gone = await pager.make('http://127.0.0.1:1').examine(never)

    expect([good, other, gone].map(({ result }) => result)).toEqual(['fine', 'wrong', 'wrong'])
    // Without a key or a message nobody can be called by it.
    expect(server.asked.map(({ body }) => bodyOf(body))).toEqual([{}, {}])
  })
})

test('Atlassian says whether it knows the key', async () => {
  says = { status: 401, body: { message: 'Could not authenticate' } }

  expect(await pagers.JSM.make().examine(never)).toMatchObject({
    result: 'wrong',
    text: 'Jira Service Management (payments) answers, and does not take the key',
  })
  expect(server.asked[0]?.headers['authorization']).toBe('GenieKey an-api-key')
})
