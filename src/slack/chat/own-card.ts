import type { IncidentId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { formerService } from '#domain/service.ts'
import { incidentCard } from '../views/index.ts'
import type { Shows } from './show-card.ts'

/** The card of an incident that alerts have told of. */
export const ownCard =
  (id: IncidentId): Shows =>
  async ({ timeline, catalogue, policy, sign, slack }) => {
    const history = await timeline.read(id)
    const incident = incidentState(history)
    if (!incident) return undefined
    const rollbacks = rollbacksOf(history)
    const service =
      catalogue.get(incident.service) ??
      formerService(incident.service, rollbacks.at(-1)?.plan?.target)
    const message = incidentCard({
      incident,
      incidentId: id,
      rollback: rollbacks.at(-1),
      service,
      now: await timeline.now(),
      policy,
      sign,
      assess: slack.commands.assess,
    })
    return { message, channel: incident.channel?.id, finish: async () => undefined }
  }
