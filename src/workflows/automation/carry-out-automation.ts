import { automationBy } from '#domain/alerts/alert.ts'
import type { AutomationEvent } from '#domain/automation/events.ts'
import type { Fired } from '#domain/automation/triggers.ts'
import { worstBand } from '#domain/incident/bands.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Policy } from '#domain/policy.ts'
import { automationState, type Firing } from '#domain/automation/state.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { type AutomationId, deliveryId, type IncidentId, type RollbackId } from '#domain/ids.ts'
import { countdownBegun, mayCountDown } from '#domain/rollback/countdown.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { between, instant, micros, minutes } from '#domain/time.ts'
import { changeOfAutomation } from './record.ts'
import { sentence } from '#workflows/planning/blocker-sentence.ts'
import { changeOf } from '#workflows/record.ts'
import { requestRollback } from '#workflows/request/request-rollback.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<
  World,
  'catalogue' | 'policy' | 'timeline' | 'executors' | 'revisions' | 'directory' | 'ids'
>
type Outcome = Pick<
  Extract<AutomationEvent, { kind: 'automation_carried_out' }>,
  'outcome' | 'made' | 'why'
>

/** What fired longer ago than this may be over: nothing is rolled back for it by itself. */
const freshFor = minutes(10)

/** Does what automation decided, once: asked again after a crash it finds the request that it had made. */
export async function carryOut(ports: Ports, stream: AutomationId, firing: Firing): Promise<void> {
  const { seq, event } = firing
  if (event.effect !== 'countdown' && event.effect !== 'ask') return
  const now = await ports.timeline.now()
  const outcome: Outcome =
    between(firing.at, now) > freshFor
      ? { outcome: 'not_done', made: null, why: 'it fired too long ago' }
      : await requested(ports, firing)
  await ports.timeline.decide(stream, (history, at) => {
    const known = automationState(history)?.firings.find((one) => one.seq === seq)
    if (!known || known.isCarriedOut) return { change: undefined, answer: undefined }
    const { automation, service } = event
    const done = { kind: 'automation_carried_out', automation, service, seq, ...outcome } as const
    return { change: changeOfAutomation([done], history, at), answer: undefined }
  })
}

async function requested(ports: Ports, { seq, event }: Firing): Promise<Outcome> {
  const { service, fired, revision, effect, why } = event
  const countdown = effect === 'countdown' ? micros(event.countdownMicros) : null
  const doubt = why === null ? '' : ` – people decide, because ${why}`
  const answer = await requestRollback(
    ports,
    {
      by: automationBy(fired.rule),
      service,
      to: undefined,
      reason: `${fired.rule}: ${fired.because}${doubt}`,
      reasonKind: 'other',
      severity: severityOf(fired, ports.policy),
      // The alert has said since when.
      since: fired.alert === undefined ? instant(fired.from) : undefined,
      notBefore: undefined,
      automatic: { fired, revision, countdown },
    },
    deliveryId(`automation:${service}:${seq}`),
  )
  switch (answer.kind) {
    case 'requested':
      return outcomeOf(ports, answer)
    case 'already_under_way':
      if (effect === 'countdown') await armed(ports, answer, event)
      return outcomeOf(ports, answer)
    default:
      return { outcome: 'not_done', made: null, why: whyNot(answer) }
  }
}

/** What was measured says how bad it is, where it says the worst; otherwise the tier of the service does, as for everybody. */
function severityOf({ rule, measured }: Fired, { bands }: Policy): Severity | undefined {
  if (rule !== 'error-rate' || measured === null) return undefined
  const figure = { signal: rule, now: measured, normal: null, requests: null } as const
  return worstBand([figure], bands)?.severity === 'critical' ? 'critical' : undefined
}

/** People were being asked already: it stays their rollback, and is counted down from now on (policy §4). */
async function armed(
  { timeline, policy, catalogue }: Ports,
  { incident, rollback: id }: { readonly incident: IncidentId; readonly rollback: RollbackId },
  { service, fired, revision, countdownMicros }: Firing['event'],
): Promise<void> {
  const twoPerson = catalogue.get(service)?.twoPerson ?? true
  await timeline.decide(incident, (history, now) => {
    const rollback = rollbackState(history, id)
    const automatic = { fired, revision, countdown: micros(countdownMicros) }
    if (!rollback?.digest || twoPerson || !mayCountDown(rollback, automatic))
      return { change: undefined, answer: undefined }
    const event = countdownBegun(id, rollback.digest, automatic, now)
    return { change: changeOf([event], { history, now, policy }), answer: undefined }
  })
}

async function outcomeOf(
  { timeline }: Ports,
  { incident, rollback }: { readonly incident: IncidentId; readonly rollback: RollbackId },
): Promise<Outcome> {
  const state = rollbackState(await timeline.read(incident), rollback)
  const isAutomatic = state?.fired !== undefined && state.phase !== 'awaiting_approval'
  const outcome = state?.countdown || isAutomatic ? 'counting' : 'proposed'
  return { outcome, made: { incident, rollback }, why: null }
}

function whyNot(answer: Answer): string {
  switch (answer.kind) {
    case 'blocked':
      return answer.blockers.map(sentence).join(' ')
    case 'nobody_can_approve':
      return 'nobody who may approve it could be found'
    case 'not_written':
      return answer.why
    default:
      return 'it could not be planned'
  }
}
