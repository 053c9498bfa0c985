import { machineOf, type Teller } from '#domain/alerts/alert.ts'
import { isFiring } from '#domain/alerts/known-alert.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { triggers } from '#domain/automation/triggers.ts'
import { automationOf, deliveryId, type IncidentId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { automate } from './automate.ts'
import { report } from '#workflows/incident/inform.ts'
import { sentence } from '#workflows/planning/blocker-sentence.ts'
import { requestRollback } from '#workflows/request/request-rollback.ts'
import type { World } from '#workflows/world.ts'

/** How long looking at the service may take, where automation may act on an alert. */
const lookMs = 30_000

/**
 * Proposes the rollback that an alert asks for, in its source's name: people decide on it as on anybody's. Once for an incident, and
 * only while it has had no rollback: what was refused, or has been done, is not asked for again by a machine. Where the service lets
 * an alert act by itself, that is looked at first. Safe to repeat.
 */
export async function proposeForAlert(ports: World, incident: IncidentId): Promise<void> {
  await actFirst(ports, incident)
  const history = await ports.timeline.read(incident)
  const state = incidentState(history)
  const wish = state?.alerts.find((alert) => isFiring(alert) && alert.asks !== null)
  if (!state || state.closed || !wish || wish.asks === null) return
  if (state.proposalRefused !== undefined) return
  if (history.some(({ event }) => event.kind === 'rollback_requested')) return
  const answer = await requestRollback(
    ports,
    {
      by: machineOf(wish.source),
      service: state.service,
      to: undefined,
      reason: wish.asks,
      reasonKind: 'other',
      severity: undefined,
      since: undefined,
      notBefore: undefined,
    },
    deliveryId(`alert:${incident}`),
  )
  const event = refusalOf(wish.source, answer)
  if (event) await report(ports, incident, event)
}

async function actFirst(world: World, incident: IncidentId): Promise<void> {
  const { catalogue, timeline } = world
  const state = incidentState(await timeline.read(incident))
  const automation = state && catalogue.get(state.service)?.automation
  if (!state || state.closed || !automation || automation.mode === 'off') return
  if (automation.triggers.some((name) => triggers[name].of === 'alert'))
    await automate(world, automationOf(state.service), AbortSignal.timeout(lookMs))
}

function refusalOf(source: Teller, answer: Answer): TimelineEvent | undefined {
  const refused = (why: string) => ({ kind: 'proposal_refused', source, why }) as const
  switch (answer.kind) {
    case 'requested':
    case 'already_under_way':
      return undefined
    case 'blocked':
      return refused(answer.blockers.map(sentence).join(' '))
    case 'nobody_can_approve':
      return refused('Nobody who may approve it could be found.')
    default:
      return refused('It could not be planned.')
  }
}
