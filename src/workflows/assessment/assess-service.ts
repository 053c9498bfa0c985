import { assessmentState } from '#domain/assessment/state.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { AssessmentId, DeliveryId, PersonId, ServiceId } from '#domain/ids.ts'
import {
  allStatements,
  assessed,
  assessmentOf,
  besideOf,
  changeOfAssessment,
  tellIncident,
} from './record.ts'
import { measureService } from './measure-service.ts'
import type { World } from '#workflows/world.ts'

export type AssessmentPorts = Pick<
  World,
  | 'revisions'
  | 'catalogue'
  | 'timeline'
  | 'executors'
  | 'metrics'
  | 'policy'
  | 'ids'
  | 'directory'
  | 'patience'
>

export interface AssessRequest {
  readonly service: ServiceId
  readonly by: PersonId
  readonly delivery: DeliveryId
  /** With the canary against what runs beside it. */
  readonly canary?: boolean
}

/** Says how bad it is with a service, what to do and why, and writes it down: once for each request. Changes nothing else. */
export async function assessService(
  ports: AssessmentPorts,
  { service: id, by, delivery, canary = false }: AssessRequest,
): Promise<Answer> {
  const { catalogue, timeline, policy } = ports
  const service = catalogue.get(id)
  if (!service) return { kind: 'unknown_service', typed: id, nearest: nearestNames(catalogue, id) }
  const assessment = assessmentOf(delivery)
  const beside = await besideOf(ports, id)
  const known = assessmentState(await timeline.read(assessment))
  if (!known) {
    const { startedAt } = beside
    const now = await timeline.now()
    const looked = await measureService(ports, service, { now, startedAt, canary })
    const statements = allStatements(undefined, beside)
    const about = { assessment, service: id, cause: 'asked', before: null } as const
    const event = assessed({ ...about, by, delivery, statements }, looked, policy)
    await timeline.decide(assessment, (history, now) => ({
      change: history.length > 0 ? undefined : changeOfAssessment([event], history, now),
      answer: undefined,
    }))
  }
  const state = known ?? assessmentState(await timeline.read(assessment))
  if (!state) throw new Error(`${assessment} was written and cannot be read`)
  await tellIncident(ports, beside.incident, state.first)
  return { kind: 'assessed', assessment: state }
}

/** Its card stands there: from now on it is drawn again when something changes. */
export async function noteShown(
  { timeline }: Pick<World, 'timeline'>,
  assessment: AssessmentId,
  { channel, ts }: { readonly channel: string; readonly ts: string },
): Promise<void> {
  await timeline.decide(assessment, (history, now) => {
    const state = assessmentState(history)
    if (!state || state.place) return { change: undefined, answer: undefined }
    const { service } = state
    const event = { kind: 'assessment_shown', assessment, service, channel, ts } as const
    return { change: changeOfAssessment([event], history, now), answer: undefined }
  })
}
