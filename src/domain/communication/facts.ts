import type { History } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { defaultRollbackPolicy, type RollbackPolicy } from '#domain/rollback/policy.ts'
import { manualReasons } from '#domain/rollback/request.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { IncidentId, RollbackId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import { between, type Instant, minutes, plus } from '#domain/time.ts'
import { figuresText } from './figures.ts'
import { tookFrom } from './took.ts'
import { phaseWords } from './phase-words.ts'
import { spaced } from './role-words.ts'
import type { Facts } from './templates.ts'
import { clock, clockSeconds, span } from './words.ts'

export interface FactsAbout {
  readonly history: History
  readonly service: Service
  readonly now: Instant
  /** The newest rollback when none is named. */
  readonly rollback?: RollbackId | undefined
  readonly incident?: IncidentId | undefined
  readonly policy?: RollbackPolicy
}

/** How long until the next word while it is critical or high, and otherwise (policy §10). */
const updateEvery = { urgent: minutes(5), calm: minutes(30) } as const

/** Every field of the templates, from events alone. What nobody has recorded is said to be unknown, never guessed. `undefined` before the incident. */
export function facts(about: FactsAbout): Facts | undefined {
  const { history, service, now, policy = defaultRollbackPolicy } = about
  const incident = incidentState(history)
  if (!incident) return undefined
  const rollback =
    rollbacksOf(history).find(({ id }) => id === about.rollback) ?? rollbacksOf(history).at(-1)
  const restored = rollback?.verifiedAt
  return {
    action: action(rollback),
    approved: rollback?.approved ? clock(rollback.approved.at, now) : 'not yet',
    cause: cause(incident, rollback, now),
    component: service.statusComponent,
    completed: rollback?.completedAt ? clock(rollback.completedAt, now) : 'not yet',
    customers: 'not known yet',
    data: rollback?.reasonKind === 'data-corruption' ? 'possible, being checked' : 'none known',
    detected_by: spaced(incident.detectedBy),
    duration: span(between(incident.startedAt, restored ?? now)),
    environment: service.environment,
    eta: eta(rollback),
    from: rollback?.plan?.from.name ?? 'the present version',
    impact: figuresText(incident),
    incident: about.incident ?? 'on the timeline',
    issue: rollback ? issue(rollback) : incident.title,
    next_step: nextStep(rollback),
    next_update: nextUpdate(incident, rollback, now, policy),
    now: clock(now),
    owner: service.owner,
    restored: restored === undefined ? 'not yet' : clock(restored, now),
    rollback_time: took(rollback),
    security: rollback?.reasonKind === 'security' ? 'yes, being checked' : 'none known',
    service: service.id,
    severity: incident.severity,
    started: clock(incident.startedAt, now),
    status: status(rollback),
    symptom: symptom(incident),
    to: rollback?.plan?.to.name ?? 'the last good version',
    watch_until: rollback?.completedAt
      ? clock(plus(restored ?? rollback.completedAt, policy.watchMicros), now)
      : 'later',
  }
}

/** Nobody waits for a word that will not come: not after the end, and not once people were called often enough. */
function nextUpdate(
  { severity, closed }: IncidentState,
  rollback: RollbackState | undefined,
  now: Instant,
  { mostReminders }: RollbackPolicy,
): string {
  if (closed || rollback?.phase === 'stable') return 'none, it is over'
  if ((rollback?.reminders.sent ?? 0) >= mostReminders) return 'as soon as there is news'
  const urgent = severity === 'critical' || severity === 'high'
  return clock(plus(now, urgent ? updateEvery.urgent : updateEvery.calm), now)
}

const ofRollback = { noun: 'rollback', under: 'rolling back', done: 'rolled back' } as const
/** No version changes, and nothing goes back. */
const ofMove = { noun: 'move', under: 'moving', done: 'moved' } as const

function action(rollback: RollbackState | undefined): string {
  if (!rollback) return 'people are looking at it; no rollback is proposed yet'
  if (!rollback.plan) return 'looking for the version to go back to'
  const { from, to, target } = rollback.plan
  const move = `${from.name} → ${to.name}`
  const words = target.executor === 'region' ? ofMove : ofRollback
  if (rollback.countdown)
    return `${words.done} by itself at ${clockSeconds(rollback.countdown.until)} UTC, ${move}, unless somebody stops it`
  switch (rollback.phase) {
    case 'awaiting_plan':
    case 'awaiting_approval':
      return `${words.noun} ${move} proposed, waiting for a decision`
    case 'approved':
    case 'applying':
    case 'settling':
      return `${words.under} ${move}`
    case 'undoing':
    case 'undone':
      return `the ${words.noun} ${move} is taken back`
    case 'failed':
    case 'stuck':
      return `the ${words.noun} ${move} stopped, people are looking at it`
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return `the ${words.noun} ${move} was not carried out (${rollback.phase})`
    case 'verifying':
    case 'watching':
    case 'not_recovered':
    case 'unverified':
    case 'stable':
    case 'degraded':
    case 'superseded':
      return `${words.done} ${move}`
  }
}

function status(rollback: RollbackState | undefined): string {
  switch (rollback?.phase) {
    case 'watching':
      return 'recovered, being watched'
    case 'verifying':
      return 'rolled back, recovery is being checked'
    case 'not_recovered':
      return `rolled back, not recovered${failing(rollback)}`
    case 'unverified':
      return 'rolled back, recovery not proven'
    case 'stable':
      return 'stable'
    case 'degraded':
      return `worse again after the rollback${failing(rollback)}`
    case undefined:
      return 'being looked at'
    default:
      return phaseWords(rollback?.phase ?? 'unknown')
  }
}

const failing = ({ checks }: RollbackState): string => {
  const failed = checks.filter(({ result }) => result === 'failed').map(({ text }) => text)
  return failed.length > 0 ? `: ${failed.join(', ')}` : ''
}

function cause(incident: IncidentState, rollback: RollbackState | undefined, now: Instant): string {
  if (!rollback?.plan || incident.figures.length === 0) return 'not known yet'
  const { from, target } = rollback.plan
  if (target.executor === 'region') return `suspected: the region ${from.name}; not confirmed`
  return `suspected: ${from.name}, out since ${clock(from.since, now)}${from.orEarlier ? ' or earlier' : ''}; not confirmed`
}

function eta(rollback: RollbackState | undefined): string {
  if (!rollback?.plan) return 'not known yet'
  return rollback.completedAt
    ? 'done'
    : `about ${span(rollback.plan.expectedMicros)} once approved, ${span(rollback.plan.budgetMicros)} at most`
}

function nextStep(rollback: RollbackState | undefined): string {
  switch (rollback?.phase) {
    case 'verifying':
    case 'watching':
      return 'watch until it is stable, then find the cause'
    case 'stable':
      return 'find the cause, fix it, lift the hold, post-mortem'
    case 'not_recovered':
    case 'unverified':
    case 'degraded':
      return 'decide what comes next; the card shows the options'
    default:
      return 'decide on the card in the incident channel'
  }
}

function took(rollback: RollbackState | undefined): string {
  const known = rollback?.completedAt && tookFrom(rollback, rollback.completedAt)
  return known ? `${known.took} after ${known.from}` : 'time not known'
}

/** One sentence of what customers could notice, without jargon. */
function symptom({ figures }: IncidentState): string {
  const worse = (signal: string): boolean =>
    figures.some((figure) => figure.signal === signal && figure.now > (figure.normal ?? 0) * 1.2)
  if (worse('error-rate') && worse('p95')) return 'Some attempts fail or take longer than usual.'
  if (worse('error-rate')) return 'Some attempts fail; trying again may help.'
  if (worse('p95')) return 'Everything works, but slower than usual.'
  return 'It may not work as it should.'
}

/** The kind of reason says something only when it is not "other". */
const issue = ({ reasonKind, reason }: RollbackState): string =>
  reasonKind === 'other' ? reason : `${manualReasons[reasonKind]} – ${reason}`
