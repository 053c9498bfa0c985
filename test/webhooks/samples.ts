/** Bodies as their makers document them, for a shop of ours. */
const event = (type: string, occurredAt: string) => ({
  event: {
    id: `01BVRF9ZWOQ9-${type}`,
    event_type: `incident.${type}`,
    resource_type: 'incident',
    occurred_at: occurredAt,
    agent: { id: 'PLH1HKV', type: 'user_reference' },
    client: null,
    data: {
      id: 'PGR0VU2',
      type: 'incident',
      number: 2,
      status: type,
      created_at: '2026-11-21T14:18:00Z',
      title: 'checkout fails',
      service: { id: 'PF9KMXH', summary: 'checkout', type: 'service_reference' },
      priority: { id: 'P1', summary: 'P1', type: 'priority_reference' },
      urgency: 'high',
      resolve_reason: null,
    },
  },
})

const opsgenieAction = (action: string) => ({
  action,
  alert: {
    alertId: '44f717bf',
    message: 'checkout fails',
    tags: ['service:checkout', 'urgent'],
    tinyId: '7',
    entity: 'shop',
    alias: 'checkout-errors',
    createdAt: Date.parse('2026-11-21T14:18:00Z'),
    updatedAt: Date.parse('2026-11-21T14:40:00Z') * 1_000_000,
    username: 'system',
    priority: 'P1',
    details: { region: 'eu', rollback: 'true', reason: 'errors since the deploy' },
  },
  source: { name: '', type: 'API' },
  integrationName: 'Countermand',
  integrationId: '4513b7ea',
})

const monitor = (transition: string, at: string) => ({
  alert: '1234',
  cycle: '8311',
  transition,
  title: '[Triggered] checkout errors',
  status: 'errors above 5 %',
  tags: 'service:checkout,env:prod',
  priority: transition === 'Warn' ? '' : 'P1',
  at: String(Date.parse(at)),
})

export const samples = {
  pagerduty: {
    triggered: event('triggered', '2026-11-21T14:18:01Z'),
    acknowledged: event('acknowledged', '2026-11-21T14:19:00Z'),
    resolved: event('resolved', '2026-11-21T14:40:00Z'),
    reopened: event('reopened', '2026-11-21T14:45:00Z'),
  },
  opsgenie: {
    created: opsgenieAction('Create'),
    acknowledged: opsgenieAction('Acknowledge'),
    closed: opsgenieAction('Close'),
  },
  datadog: {
    triggered: monitor('Triggered', '2026-11-21T14:18:00Z'),
    warned: monitor('Warn', '2026-11-21T14:17:00Z'),
    noData: monitor('Re-No Data', '2026-11-21T14:25:00Z'),
    recovered: monitor('Recovered', '2026-11-21T14:40:00Z'),
  },
}
