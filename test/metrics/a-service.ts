import { serviceId } from '#domain/ids.ts'
import type { Service, SignalQueries } from '#domain/service.ts'

export const aService = (signals: SignalQueries, name = 'checkout'): Service => ({
  id: serviceId(name),
  owner: 'Payments',
  tier: 'standard',
  environment: 'prod/production',
  channel: undefined,
  runbook: undefined,
  dashboards: [],
  statusComponent: 'Checkout',
  dependsOn: [],
  targets: [],
  health: [],
  signals,
  twoPerson: false,
  roles: {},
})
