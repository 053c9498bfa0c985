import { severities } from '#domain/incident/severity.ts'
import { type Edge, messageFor } from '../edge.ts'
import type { Asker } from '../parts.ts'
import { reply } from '../reply.ts'
import { turnedAway } from '../turned-away.ts'
import type { ServiceButton } from '../views/index.ts'
import { openRollbackForm } from './rollback-form.ts'

/** Opens the form for a service that was assessed, with what was found filled in. Nothing is proposed before it is sent. */
export async function startRollback(
  edge: Edge,
  asker: Asker,
  { service, detail }: ServiceButton,
): Promise<void> {
  if (!edge.catalogue.has(service)) {
    const gone = {
      kind: 'nothing_found',
      what: `${service}, which is no longer configured`,
    } as const
    return reply(edge, asker, await messageFor(edge, gone))
  }
  const away = await turnedAway(edge, asker, { shows: 'the form', service })
  if (away) return reply(edge, asker, await messageFor(edge, away))
  const severity = severities.find((one) => one === detail)
  const filled = { service, severity, to: undefined, reason: undefined }
  return openRollbackForm(edge, asker, filled, await edge.timeline.now())
}
