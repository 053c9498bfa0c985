import type { Hold } from '#domain/rollback/hold.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import {
  deliveryId,
  incidentId,
  personId,
  planDigest,
  revisionId,
  rollbackId,
  serviceId,
  workloadId,
} from '#domain/ids.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import type { Policy } from '#domain/policy.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { Plan, Step } from '#domain/rollback/plan.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import type { Sync } from '#domain/rollback/sync.ts'
import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import type { Service } from '#domain/service.ts'
import { fromDate, type Instant, instant, minutes, seconds } from '#domain/time.ts'

/** Builders with defaults: a test names only what it is about. The day is 21 November 2026; the incident begins at 14:23 UTC. */
export const at = (clock: string): Instant => fromDate(new Date(`2026-11-21T${clock}Z`))
export const start = at('14:23:00')

/** Named by what they are, not by who. */
export const people = {
  onCall: personId('T0SHOP000:U0ONCALL1'),
  teamLead: personId('T0SHOP000:U0LEAD001'),
  manager: personId('T0SHOP000:U0MANAGE1'),
  vp: personId('T0SHOP000:U0VP00001'),
  secondVp: personId('T0SHOP000:U0VP00002'),
  executive: personId('T0SHOP000:U0CEO0001'),
  outsider: personId('T0SHOP000:U0OUTSIDE'),
} as const

export const checkout = serviceId('checkout')
export const theIncident = incidentId('inc-checkout-7fk3qd')
export const theRollback = rollbackId('rb_7f3a')

export const aPolicy = (more: Partial<Policy> = {}): Policy => ({
  matrix: defaultMatrix,
  rollback: defaultRollbackPolicy,
  bands: defaultBands,
  assessment: defaultAssessmentPolicy,
  hash: 'sha256:policy',
  ...more,
})

export const aService = (more: Partial<Service> = {}): Service => ({
  id: checkout,
  owner: 'Payments',
  tier: 'critical',
  environment: 'prod/production',
  channel: '#checkout',
  runbook: 'https://runbooks.shop.example/checkout',
  dashboards: [{ title: 'dashboard', url: 'https://grafana.shop.example/d/checkout' }],
  statusComponent: 'Checkout',
  dependsOn: [serviceId('payments')],
  targets: [],
  health: ['https://shop.example/health'],
  signals: {},
  canary: undefined,
  twoPerson: false,
  roles: {},
  changeWindows: undefined,
  ...more,
})

const digestOf = (seed: string): string => `sha256:${seed.repeat(64).slice(0, 64)}`

/** A version by its tag; the digest follows from `seed`. */
export const aRevision = (
  name: string,
  more: Partial<Revision> & { seed?: string } = {},
): Revision => {
  const { seed = '9f1c2ab4', ...rest } = more
  return {
    id: revisionId(digestOf(seed)),
    name,
    number: 41,
    images: [
      {
        container: 'checkout',
        reference: `registry.shop.example/checkout:${name.replace(/^v/, '')}`,
        digest: digestOf(seed),
      },
    ],
    since: at('14:21:00'),
    by: 'deploy pipeline',
    ...rest,
  }
}

export const aCandidate = (revision: Revision, more: Partial<Candidate> = {}): Candidate => ({
  revision,
  standing: { kind: 'verified', at: instant(start - minutes(6 * 24 * 60)) },
  ...more,
})

export const aStep = (name: string, more: Partial<Step> = {}): Step => ({
  name,
  change: { patch: name },
  undo: { patch: `not ${name}` },
  settles: undefined,
  onFailure: 'ask',
  ...more,
})

export const aPlan = (more: Partial<Plan> = {}): Plan => ({
  service: checkout,
  environment: 'prod/production',
  target: {
    executor: 'kubernetes',
    workload: workloadId('prod/production/deployment/checkout'),
    title: 'prod/production deployment checkout',
    spec: {},
  },
  from: aRevision('v2.3.0', { number: 44 }),
  to: aRevision('v2.2.1', { seed: '77ab41c0', number: 41, since: at('09:00:00') }),
  chosenBecause: 'last version verified good',
  precondition: { generation: 17 },
  steps: [aStep('template restored', { settles: 'pods' })],
  collapse: [],
  differences: [
    { what: 'image', where: 'checkout', from: 'checkout:2.3.0', to: 'checkout:2.2.1' },
    { what: 'env', where: 'PAYMENT_V2', from: 'set', to: undefined },
    { what: 'resources', where: 'memory', from: '512Mi', to: '256Mi' },
  ],
  between: ['v2.2.2', 'v2.2.3'],
  warnings: [{ kind: 'autoscaler', name: 'checkout', min: 6, max: 20 }],
  mechanism: 'deployment-undo',
  units: { noun: 'pods', count: 12 },
  how: 'undo to revision 41 · 12 pods, 25 % at a time',
  expectedMicros: seconds(40),
  budgetMicros: minutes(3),
  madeAt: at('14:30:00'),
  ...more,
})

export const theDigest = planDigest('sha256:3f9ac2d10b')

export type Told = readonly (
  | readonly [clock: string, event: TimelineEvent]
  | readonly [clock: string, event: TimelineEvent, actor: Recorded['actor']]
)[]

/** Turns events into a history: each at its clock time, numbered from 1. */
export function aHistory(...told: Told): History {
  return told.map(([clock, event, actor = 'countermand'], index) => ({
    seq: index + 1,
    at: at(clock),
    actor,
    event,
  }))
}

type Of<Kind extends TimelineEvent['kind']> = Extract<TimelineEvent, { kind: Kind }>
type More<Kind extends TimelineEvent['kind']> = Partial<Omit<Of<Kind>, 'kind'>>

export const declared = (more: More<'incident_declared'> = {}): TimelineEvent => ({
  kind: 'incident_declared',
  service: checkout,
  severity: 'critical',
  startedAt: start,
  detectedBy: 'team',
  title: 'checkout: errors after deploy',
  by: people.onCall,
  ...more,
})

export const measured = (more: More<'impact_measured'> = {}): TimelineEvent => ({
  kind: 'impact_measured',
  figures: [
    { signal: 'error-rate', now: 0.062, normal: 0.001, requests: 23_418 },
    { signal: 'p95', now: 0.64, normal: 0.205, requests: null },
  ],
  unavailable: [],
  ...more,
})

export const requested = (more: More<'rollback_requested'> = {}): RollbackEvent => ({
  kind: 'rollback_requested',
  rollback: theRollback,
  service: checkout,
  workload: workloadId('prod/production/deployment/checkout'),
  by: people.onCall,
  to: null,
  reason: 'errors after deploy',
  reasonKind: 'customer-bug',
  strategy: 'immediate',
  twoPerson: false,
  notBefore: null,
  delivery: deliveryId('d1'),
  ...more,
})

export const planned = (plan: Plan = aPlan()): RollbackEvent => ({
  kind: 'rollback_planned',
  rollback: theRollback,
  plan,
  digest: theDigest,
})

export const approvedBy = (more: More<'approval_given'> = {}): RollbackEvent => ({
  kind: 'approval_given',
  rollback: theRollback,
  by: people.onCall,
  identity: 'on-call@shop.example',
  as: 'on-call-engineer',
  needed: 'on-call-engineer',
  digest: theDigest,
  elapsedMicros: seconds(485),
  complete: true,
  acknowledged: null,
  breakGlass: null,
  delivery: deliveryId('d2'),
  policyHash: 'sha256:policy',
  ...more,
})

/** From the alarm to the proposal: the beginning of every story. */
export const proposed = (plan: Plan = aPlan(), request: More<'rollback_requested'> = {}): Told => [
  ['14:30:00', declared(), people.onCall],
  ['14:30:00', requested(request), people.onCall],
  ['14:30:01', measured()],
  ['14:30:01', planned(plan)],
]

export const anIncident = (history: History = aHistory(...proposed())): IncidentState => {
  const state = incidentState(history)
  if (!state) throw new Error('The history declares no incident')
  return state
}

/** The rollback as a history tells it, with parts replaced where a test needs what no history says. */
/** Not enforced yet by any platform. */
export const aHold = (more: Partial<Hold> = {}): Hold => ({
  revision: 'r',
  name: 'v2.3.0',
  lifted: false,
  isEnforceable: false,
  begun: false,
  refusedBy: undefined,
  released: false,
  failure: undefined,
  ...more,
})

/** A sync that somebody else let go on. */
export const aSeenSync = (more: Partial<SeenGoing> = {}): SeenGoing => ({
  by: 'kubectl-edit',
  since: at('15:02:00'),
  then: 'undoes',
  why: 'Git has another version than runs (OutOfSync)',
  isOurs: false,
  ...more,
})

/** Paused for a rollback, and nobody has said anything about it since. */
export const aSync = (more: Partial<Sync> = {}): Sync => ({
  pausedAt: instant(0),
  paused: [],
  ordered: undefined,
  resumed: undefined,
  reminded: undefined,
  failure: undefined,
  ...more,
})

export const aRollback = (
  more: Partial<RollbackState> = {},
  history: History = aHistory(...proposed()),
): RollbackState => {
  const state = rollbackState(history, theRollback)
  if (!state) throw new Error('The history asks for no rollback')
  return { ...state, ...more }
}
