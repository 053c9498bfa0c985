import type { Refusal } from '#domain/authority/refusal.ts'
import { defaultMatrix, unraised } from '#domain/authority/matrix.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import {
  aCandidate,
  aHistory,
  anIncident,
  aPlan,
  aPolicy,
  aRevision,
  aRollback,
  at,
  checkout,
  people,
  proposed,
  start,
  theDigest,
  theIncident,
  theRollback,
} from '../../support/builders.ts'
import { aPromotion, promotionEvents } from '../../support/promotions.ts'
import { automationOf, rollbackId, serviceId } from '#domain/ids.ts'
import type { AutomationState } from '#domain/automation/state.ts'
import { pinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { micros, minutes, seconds } from '#domain/time.ts'
import { anAssessment, anAssessmentState, pressed, wasAssessed } from './assessments.ts'

export const now = at('14:40:00')
const who = whoDecides(defaultMatrix, start, now, unraised)

export const everyRefusal: {
  readonly [Kind in Refusal['kind']]: Refusal & { readonly kind: Kind }
} = {
  not_now: {
    kind: 'not_now',
    needs: 'team-lead',
    holds: 'on-call-engineer',
    since: at('14:38:00'),
    reachable: [people.teamLead],
  },
  not_a_member: { kind: 'not_a_member', why: 'guest' },
  plan_changed: { kind: 'plan_changed', why: 'someone deployed v2.3.1 at 14:33 UTC' },
  already_decided: {
    kind: 'already_decided',
    as: 'approved',
    by: people.teamLead,
    at: at('14:39:56'),
  },
  already_counted: {
    kind: 'already_counted',
    at: at('14:39:00'),
    needs: 'vp-engineering',
    reachable: [people.secondVp],
  },
  expired: { kind: 'expired', at: at('12:40:00'), what: 'request' },
  second_person_needed: {
    kind: 'second_person_needed',
    needs: 'team-lead',
    reachable: [people.teamLead],
  },
  acknowledgement_needed: {
    kind: 'acknowledgement_needed',
    warnings: ['gitops_owner', 'marked_bad'],
  },
  reason_needed: { kind: 'reason_needed' },
  role_source_down: {
    kind: 'role_source_down',
    role: 'team-lead',
    source: 'the Slack user group checkout-leads',
    wayOut: 'engineering-manager',
  },
  nothing_to_decide: { kind: 'nothing_to_decide', decided: 'undo', phase: 'awaiting_approval' },
  not_the_requester: { kind: 'not_the_requester', needs: 'team-lead' },
  below_approver: { kind: 'below_approver', needs: 'team-lead', holds: 'on-call-engineer' },
  not_for_break_glass: { kind: 'not_for_break_glass' },
  wrong_place: { kind: 'wrong_place' },
}

export const everyBlocker: {
  readonly [Kind in Blocker['kind']]: Blocker & { readonly kind: Kind }
} = {
  nothing_to_go_back_to: {
    kind: 'nothing_to_go_back_to',
    considered: ['v2.2.9: not known to have worked'],
  },
  already_there: { kind: 'already_there', revision: 'v2.2.1' },
  controller_lagging: { kind: 'controller_lagging', generation: 18, observed: 17 },
  target_missing: {
    kind: 'target_missing',
    revision: 'v2.2.1',
    why: 'its image is gone from the registry',
  },
  cannot_reach: { kind: 'cannot_reach', what: 'the cluster prod', why: 'no answer in 5 s' },
  not_allowed: { kind: 'not_allowed', verb: 'patch', resource: 'deployments.apps in production' },
  refused_by_platform: {
    kind: 'refused_by_platform',
    message: 'admission webhook policy denied the request',
  },
  unsupported: { kind: 'unsupported', why: 'bare pods have no earlier version' },
  schema_crossed: {
    kind: 'schema_crossed',
    revision: 'v2.2.1',
    why: 'it runs on schema 38 to 41 of checkout-db, which is at 43',
    safe: 'v2.2.2',
  },
}

export const everyWarning: {
  readonly [Kind in Warning['kind']]: Warning & { readonly kind: Kind }
} = {
  paused: { kind: 'paused' },
  in_flight: { kind: 'in_flight', ready: 3, wanted: 12 },
  aborted: { kind: 'aborted', why: 'RolloutAborted: Rollout aborted update to revision 7' },
  flagger_phase: { kind: 'flagger_phase', name: 'checkout', phase: 'Progressing', share: 10 },
  flagger_suspended: { kind: 'flagger_suspended', name: 'checkout' },
  flagger_not_asking: { kind: 'flagger_not_asking', name: 'checkout', because: 'not_ready' },
  flagger_tries_again: { kind: 'flagger_tries_again', name: 'checkout', revision: 'v2.2.1' },
  copied_config: { kind: 'copied_config', names: ['ConfigMap checkout-settings-primary'] },
  moves_on: { kind: 'moves_on', afterMicros: 600_000_000 },
  pods_beside: { kind: 'pods_beside', name: 'checkout', count: 3 },
  coarse_share: { kind: 'coarse_share', asked: 10, own: 1, all: 4, noun: 'pods' },
  canary_step: { kind: 'canary_step', step: 2, steps: 4 },
  analysis: {
    kind: 'analysis',
    name: 'checkout-7f9c-7-1',
    result: 'Failed',
    why: 'Metric "errors" assessed Failed due to failed (2) > failureLimit (1)',
  },
  zero_replicas: { kind: 'zero_replicas' },
  nothing_serving: { kind: 'nothing_serving' },
  autoscaler: { kind: 'autoscaler', name: 'checkout', min: 6, max: 20 },
  gitops_owner: { kind: 'gitops_owner', tool: 'Argo CD', name: 'shop/checkout' },
  synced_by_hand: { kind: 'synced_by_hand', tool: 'Argo CD', name: 'Application argocd/shop' },
  sync_paused: {
    kind: 'sync_paused',
    tool: 'Argo CD',
    name: 'Application argocd/shop',
    others: ['deployment payments', 'deployment cart'],
  },
  last_applied: { kind: 'last_applied', manager: 'kubectl' },
  mutable_tag: { kind: 'mutable_tag', image: 'checkout:latest' },
  tag_moved: {
    kind: 'tag_moved',
    image: 'checkout:latest',
    served: `sha256:${'77ab'.repeat(16)}`,
    now: `sha256:${'c0de'.repeat(16)}`,
  },
  stuck_pod: { kind: 'stuck_pod', pod: 'checkout-0', why: 'it never became ready' },
  possible_loss: {
    kind: 'possible_loss',
    text: 'writes that were not copied out of West Europe yet may be lost for good',
  },
  marked_bad: { kind: 'marked_bad', revision: 'v2.2.1', because: 'rolled back on 12 Nov' },
  schema_unverified: {
    kind: 'schema_unverified',
    text: 'whether v2.2.1 runs on schema 43 of checkout-db is not known: it does not say what it runs on',
  },
  unproven_target: { kind: 'unproven_target', revision: 'v2.2.1' },
  rollback_of_rollback: { kind: 'rollback_of_rollback', rollback: rollbackId('rb_11aa') },
  config_changed: { kind: 'config_changed', names: ['checkout-flags'] },
  traffic: {
    kind: 'traffic',
    text: 'VirtualService checkout also has tcp routes, which are left as they are',
  },
  short_capacity: { kind: 'short_capacity', detail: '8 of 12 pods fit' },
  platform: {
    kind: 'platform',
    text: 'the alarms checkout-5xx watch deployments and take them back',
  },
  not_restored: { kind: 'not_restored', what: ['network', 'load balancers'] },
  missing_right: {
    kind: 'missing_right',
    verb: 'delete',
    resource: 'pods',
    loses: 'cannot be finished at once in an emergency',
  },
}

const candidates = [
  aCandidate(aRevision('v2.2.1', { seed: '77ab41c0', number: 41, since: at('09:00:00') })),
  aCandidate(aRevision('v2.2.0', { seed: 'aa11', number: 40, since: at('08:00:00') }), {
    standing: { kind: 'served', forMicros: 3_600_000_000 },
  }),
  aCandidate(aRevision('v2.1.9', { seed: 'bb22', number: 39, since: at('07:00:00') }), {
    standing: { kind: 'bad', since: start, because: 'rolled back on 12 Nov' },
  }),
  aCandidate(aRevision('v2.1.8', { seed: 'cc33', number: 38, since: at('06:00:00') }), {
    standing: { kind: 'unproven' },
    missing: 'collected by the cluster',
  }),
]
const automation: AutomationState = {
  id: automationOf(checkout),
  service: checkout,
  settings: { mode: 'on', countdownMicros: seconds(30), triggers: ['error-rate', 'alert'] },
  policy: 'sha256:policy',
  off: {
    since: start,
    until: at('18:00:00'),
    by: people.onCall,
    as: 'on-call-engineer',
    reason: 'a load test is running',
    isBreaker: false,
  },
  firings: [],
}
const about = { service: checkout, rollback: theRollback } as const

/** One answer of every kind; a new kind does not compile until it is here. */
export const everyAnswer: { readonly [Kind in Answer['kind']]: Answer & { readonly kind: Kind } } =
  {
    requested: {
      kind: 'requested',
      incident: theIncident,
      ...about,
      from: 'v2.3.0',
      to: 'v2.2.1',
      who,
    },
    preview: {
      kind: 'preview',
      request: { to: '2.2.1', severity: 'high', since: undefined },
      plan: aPlan({ warnings: Object.values(everyWarning) }),
      digest: theDigest,
      who,
      candidates,
    },
    requested_together: {
      kind: 'requested_together',
      incident: theIncident,
      rollback: about.rollback,
      plans: [aPlan(), aPlan({ service: serviceId('payments') })],
      who,
    },
    preview_together: {
      kind: 'preview_together',
      request: { severity: 'high', since: undefined },
      plans: [aPlan(), aPlan({ service: serviceId('payments') })],
      digest: theDigest,
      who,
    },
    changed_since: {
      kind: 'changed_since',
      since: start,
      changed: [
        { service: checkout, version: 'v2.3.0', at: at('14:21:00') },
        { service: serviceId('payments'), version: 'v7.1.0', at: at('14:20:00') },
      ],
      unchanged: [serviceId('cart')],
      unseen: [serviceId('search')],
    },
    blocked_together: {
      kind: 'blocked_together',
      blocked: [
        { service: checkout, blockers: [everyBlocker.already_there] },
        { service: serviceId('payments'), blockers: [everyBlocker.cannot_reach] },
      ],
      others: [serviceId('cart')],
    },
    no_change_window: { kind: 'no_change_window', service: checkout, why: 'not_configured' },
    blocked: {
      kind: 'blocked',
      service: checkout,
      blockers: Object.values(everyBlocker),
      candidates: candidates.map(({ revision }) => revision),
    },
    unknown_service: {
      kind: 'unknown_service',
      typed: 'chekout',
      nearest: ['checkout', 'checkout-eu'],
    },
    unknown_revision: {
      kind: 'unknown_revision',
      typed: 'latest',
      service: checkout,
      available: candidates.map(({ revision }) => revision),
    },
    already_under_way: { kind: 'already_under_way', ...about, incident: theIncident },
    may_not_request: { kind: 'may_not_request', why: 'guest' },
    nobody_can_approve: {
      kind: 'nobody_can_approve',
      service: checkout,
      role: 'team-lead',
      down: ['slack user group'],
    },
    start_in_future: { kind: 'start_in_future', typed: at('18:00:00'), now },
    decided: {
      kind: 'decided',
      decided: 'approve',
      ...about,
      as: 'on-call-engineer',
      breakGlass: true,
    },
    counted: { kind: 'counted', ...about, stillNeeds: 'vp-engineering' },
    refused: { kind: 'refused', decided: 'approve', ...about, refusal: everyRefusal.not_now },
    status: {
      kind: 'status',
      service: checkout,
      running: aRevision('v2.3.0'),
      unreachable: undefined,
      open: [
        {
          incident: theIncident,
          state: anIncident(aHistory(...proposed())),
          rollbacks: [aRollback()],
        },
      ],
      last: undefined,
    },
    automation: {
      kind: 'automation',
      service: checkout,
      state: automation,
    },
    policy: {
      kind: 'policy',
      did: 'counted',
      state: {
        hash: 'c0ffee12ab34cd56',
        since: at('14:00:00'),
        policy: {
          ...pinnedPolicy(aPolicy({ hash: '77ab41c077ab41c0' })),
          matrix: [{ fromMicros: micros(0), mayAuthorize: 'on-call-engineer', notify: [] }],
          requestExpiresMicros: minutes(240),
        },
        reviewed: pinnedPolicy(aPolicy({ hash: '3f9ac2d41b073f9a' })),
        reviews: [{ by: people.teamLead, identity: people.teamLead, as: 'team-lead' }],
      },
    },
    history: { kind: 'history', service: checkout, running: aRevision('v2.3.0'), candidates },
    assessed: anAssessment(),
    assessment_changed: {
      kind: 'assessment_changed',
      did: pressed.noIncident,
      assessment: anAssessmentState(wasAssessed(), pressed.noIncident),
      incident: theIncident,
    },
    noted: { kind: 'noted', what: 'note', text: 'payments-db looks fine' },
    needs_level: {
      kind: 'needs_level',
      what: 'publish to customers',
      needs: 'team-lead',
      holds: 'on-call-engineer',
    },
    promotion: { kind: 'promotion', said: 'status', promotion: aPromotion(), minRequests: 1_000 },
    promotion_decided: {
      kind: 'promotion_decided',
      promotion: aPromotion(),
      did: promotionEvents.promotion_approved,
    },
    promotion_refused: {
      kind: 'promotion_refused',
      promotion: aPromotion(),
      refusal: { kind: 'own_request', reachable: [people.teamLead] },
    },
    ticked: { kind: 'ticked', item: 'critical-functions' },
    drafted: { kind: 'drafted', rollback: theRollback },
    not_written: { kind: 'not_written', why: 'There is no line 99.' },
    nothing_found: { kind: 'nothing_found', what: 'an incident of checkout' },
    usage: {
      kind: 'usage',
      command: '/rollback',
      problems: ['I know no flag --fast'],
      example: '/rollback checkout --to v2.2.1',
    },
    trouble: {
      kind: 'trouble',
      what: 'The database does not answer.',
      done: 'Your request was not recorded; nothing was done.',
      next: 'Try again in a minute, or roll back by hand.',
    },
  }
