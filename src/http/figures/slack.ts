import { Counter, Histogram, type Registry } from 'prom-client'

/** What comes from Slack, and what is shown there. */
export function slackFigures(registry: Registry) {
  const registers = [registry]
  const requests = new Counter({
    name: 'countermand_slack_requests_total',
    help: 'Requests of Slack by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  const acknowledgement = new Histogram({
    name: 'countermand_slack_acknowledgement_seconds',
    help: 'Time from a request of Slack to its acknowledgement.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    registers,
  })
  const shown = new Counter({
    name: 'countermand_notices_total',
    help: 'Notices for Slack by kind and by what became of them.',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  return {
    admitted(outcome: string, seconds: number): void {
      requests.inc({ outcome })
      acknowledgement.observe(seconds)
    },
    noticed(kind: string, outcome: 'shown' | 'postponed' | 'abandoned'): void {
      shown.inc({ kind, outcome })
    },
  }
}
