import { randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Posted } from '#sandbox/slack/model.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { type SandboxWorld, startWorld } from '#sandbox/world.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { secret, webhookVariables } from '../webhooks/senders.ts'
import { measuredService } from './measured-service.ts'
import { freePort, startMonitoring } from './prometheus.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** What is measured from the moment a rollback is done holds nothing of what was before. */
const queries: Readonly<Record<string, string>> = {
  error_rate:
    'sum(rate(http_requests_total{service="checkout",code=~"5.."}[$window])) / sum(rate(http_requests_total{service="checkout"}[$window]))',
  p95_seconds:
    'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service="checkout"}[$window])))',
  requests_per_second: 'sum(rate(http_requests_total{service="checkout"}[$window]))',
}
const measuredBy = (yaml: string): string =>
  yaml.replace(
    /avg_over_time\(service:(\w+)\{service="checkout"\}\[\$window\]\)/g,
    (_, name: string) => queries[name] ?? name,
  )

const alerts = {
  name: 'alerts',
  rules: [
    {
      alert: 'HighErrorRate',
      expr: 'sum by (service) (rate(http_requests_total{code=~"5.."}[3s])) / sum by (service) (rate(http_requests_total[3s])) > 0.05',
      for: '1s',
      labels: { severity: 'critical' },
      annotations: {
        summary: 'Error rate of {{ $labels.service }} is {{ $value | humanizePercentage }}',
        rollback: 'true',
        reason: 'errors since the last deploy',
      },
    },
  ],
}

/** The whole product on a running clock, measured by a real Prometheus, told by a real Alertmanager. */
async function aShop() {
  const opened = <Part>(part: Part, close: (part: Part) => Promise<unknown>): Part => {
    closing.push(() => close(part))
    return part
  }
  const database = opened(await freshDatabase(), (one) => one.close())
  const shared: { world?: SandboxWorld } = {}
  // As its pods are, so are its figures.
  const service = opened(
    await measuredService('checkout', () => ({
      perSecond: 400,
      ...(runsBad(shared.world)
        ? { errors: 0.12, p95Seconds: 0.64 }
        : { errors: 0.001, p95Seconds: 0.18 }),
    })),
    (one) => one.close(),
  )
  const port = await freePort()
  const monitoring = opened(
    await startMonitoring({
      targets: { shop: service.address },
      groups: [alerts],
      webhook: { url: `http://127.0.0.1:${port}/webhooks/alertmanager`, secret },
    }),
    (one) => one.close(),
  )
  const world = opened(
    await startWorld({
      port: 0,
      database: { ownerUrl: database.ownerUrl, url: database.url },
      key: randomBytes(32),
      log: silent,
      podStartMs: 50,
      editEveryMs: 0,
      variables: { ...webhookVariables(['alertmanager']), PORT: String(port) },
      configured: (yaml) => `${measuredBy(yaml).replace(
        /prometheus: \{ url: "[^"]*" \}/,
        `prometheus: { url: "${monitoring.prometheus}" }`,
      )}
policy: { verifyWindowSeconds: 5, verifyEverySeconds: 1 }
webhooks: { rules: [{ serviceFrom: service }] }
`,
    }),
    (one) => one.close(),
  )
  shared.world = world
  // Enough of it, well, to be called normal afterwards.
  await expect
    .poll(() => requestsSeen(monitoring.prometheus), { timeout: 40_000, interval: 250 })
    .toBeGreaterThan(2_000)
  return { world }
}

async function requestsSeen(prometheus: string): Promise<number> {
  const query = 'sum(increase(http_requests_total[1h]))'
  const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = Found.parse(await response.json())
  return Number(data.result[0]?.value[1] ?? 0)
}
const Found = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
})

const runsBad = (world: SandboxWorld | undefined): boolean =>
  world?.cluster
    .pods('production')
    // One that ends is asked nothing any more.
    .some(
      ({ metadata, spec }) =>
        metadata.deletionTimestamp === undefined &&
        /checkout:2\.3/.test(spec.containers[0]?.image ?? ''),
    ) ?? false

test('an ill version is found by the real Prometheus, told by the real Alertmanager, and rolled back by a person', async () => {
  const { world } = await aShop()
  const { slack, cluster } = world
  const words = (found: Posted | undefined) => (found ? slack.words(found.message) : '')
  const pinned = (about: string): Posted | undefined => {
    const room = slack.channels().find(({ name }) => name.startsWith('inc-checkout'))
    return slack
      .messages(room?.id ?? 'incidents')
      .find((posted) => room?.pins.includes(posted.message.ts) && words(posted).includes(about))
  }
  const says = async (about: string, said: RegExp): Promise<void> => {
    await expect.poll(() => words(pinned(about)), { timeout: 60_000, interval: 100 }).toMatch(said)
  }

  shipBad(cluster, 'checkout', 'errors')
  await says('alert firing', /“HighErrorRate” · Alertmanager, since .*Error rate of checkout/)
  await says('[Approve]', /asked for by Alertmanager: “errors since the last deploy”/)
  const proposal = pinned('[Approve]')
  if (!proposal) throw new Error('nothing is proposed')
  await slack.as('onCall').click(proposal, 'Approve', { confirm: true })

  await says('checkout is back on', /✓ 5xx 0(\.\d+)? %/)
  // Well again, it is told so, too.
  await says('no alert fires any more', /✓ “HighErrorRate”/)
  expect(runsBad(world)).toBe(false)
  const opened = (await world.archive.list()).filter(({ id }) => id.startsWith('inc-'))
  expect(opened).toHaveLength(1)
})
