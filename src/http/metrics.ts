import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { Log } from '#ports/log.ts'
import { createServer } from './server.ts'

/** What is counted. Every label has a handful of values: no ids, names or texts. */
export function createMeasures() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'countermand_slack_requests_total',
    help: 'Requests of Slack by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const acknowledgement = new Histogram({
    name: 'countermand_slack_acknowledgement_seconds',
    help: 'Time from a request of Slack to its acknowledgement.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    registers: [registry],
  })
  const shown = new Counter({
    name: 'countermand_notices_total',
    help: 'Notices for Slack by kind and by what became of them.',
    labelNames: ['kind', 'outcome'],
    registers: [registry],
  })
  return {
    registry,
    admitted(outcome: string, seconds: number): void {
      requests.inc({ outcome })
      acknowledgement.observe(seconds)
    },
    noticed(kind: string, outcome: 'shown' | 'postponed' | 'abandoned'): void {
      shown.inc({ kind, outcome })
    },
  }
}

/** A server of its own, so that figures are never reachable where Slack is (listen on `METRICS_PORT`). */
export function createMetricsServer(registry: Registry, log: Log): FastifyInstance {
  const server = createServer({ log, maxConnections: 50 })
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', registry.contentType).send(await registry.metrics()),
  )
  return server
}
