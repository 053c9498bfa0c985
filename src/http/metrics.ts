import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Log } from '#ports/log.ts'
import { callFigures } from './figures/calls.ts'
import { recordFigures } from './figures/record.ts'
import { slackFigures } from './figures/slack.ts'
import { webhookFigures } from './figures/webhooks.ts'
import { createServer } from './server.ts'

/** What is counted. Every label has a handful of values: services as the configuration names them, no ids, people or texts. */
export function createMeasures() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  // Gauges that are named like counters, and of no use to anybody.
  for (const name of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`nodejs_active_${name}_total`)
  return {
    registry,
    ...slackFigures(registry),
    ...webhookFigures(registry),
    ...callFigures(registry),
    ...recordFigures(registry),
  }
}
export type Measures = ReturnType<typeof createMeasures>

/** A server of its own, so that figures are never reachable where Slack is (listen on `METRICS_PORT`). */
export function createMetricsServer(registry: Registry, log: Log): FastifyInstance {
  const server = createServer({ log, maxConnections: 50 })
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  )
  return server
}
