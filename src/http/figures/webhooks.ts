import { Counter, type Registry } from 'prom-client'

/** What machines send. */
export function webhookFigures(registry: Registry) {
  const requests = new Counter({
    name: 'countermand_webhooks_total',
    help: 'Webhooks by source and by what became of them.',
    labelNames: ['source', 'outcome'],
    registers: [registry],
  })
  return {
    webhookTaken(source: string, outcome: string): void {
      requests.inc({ source, outcome })
    },
  }
}
