import { deliveryId, incidentId, personId, rollbackId, serviceId, workloadId } from '#domain/ids.ts'
import type { IncidentOnlyEvent, TimelineEvent } from '#domain/incident/events.ts'
import { instant } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import { chainKey } from '#postgres/chain.ts'

export const key = chainKey('a test key of more than thirty-two characters')
export const onCall = personId('T1:UONCALL')

let made = 0
/** Ids of their own for every test of a file. */
export const anIncident = () => incidentId(`inc-20261121-checkout-${(made += 1)}`)
export const aRollback = () => rollbackId(`rb_${(made += 1)}`)
export const aWorkload = () => workloadId(`prod/production/deployment/checkout-${(made += 1)}`)

export const aChange = (change: Partial<Change> = {}): Change => ({
  events: [aNote()],
  actor: onCall,
  notices: [],
  wakeAt: null,
  jobs: [],
  ...change,
})

export const aNote = (text = 'seen on the dashboard'): IncidentOnlyEvent => ({
  kind: 'note_added',
  text,
  by: onCall,
})

export const declared = (service = 'checkout'): IncidentOnlyEvent => ({
  kind: 'incident_declared',
  service: serviceId(service),
  severity: 'critical',
  startedAt: instant(1_795_000_000_000_000),
  detectedBy: 'monitoring',
  title: 'checkout answers with errors',
  by: onCall,
})

export const requested = (rollback = aRollback(), workload = aWorkload()): TimelineEvent => ({
  kind: 'rollback_requested',
  rollback,
  service: serviceId('checkout'),
  workload,
  by: onCall,
  to: null,
  reason: 'errors since the deploy',
  reasonKind: 'other',
  strategy: 'immediate',
  twoPerson: false,
  notBefore: null,
  delivery: deliveryId('d-1'),
})
