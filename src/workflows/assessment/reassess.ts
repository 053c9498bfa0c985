import type { AssessmentEvent } from '#domain/assessment/events.ts'
import {
  type AssessmentState,
  assessmentState,
  nextLook,
  verdictOf,
} from '#domain/assessment/state.ts'
import type { AssessmentId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { AssessmentPorts } from './assess-service.ts'
import {
  allStatements,
  assessed,
  besideOf,
  changeOfAssessment,
  isChange,
  tellIncident,
} from './record.ts'
import { measureService } from './measure-service.ts'
import { watchEnded } from './press-assessment.ts'

/**
 * One look of a watch, when it is due, and its end. Call it again after a crash: what was written counts, and looks that nobody
 * was there for are not made up for.
 */
export async function reassess(
  ports: AssessmentPorts,
  assessment: AssessmentId,
  signal: AbortSignal,
): Promise<void> {
  const { timeline, catalogue } = ports
  const history = await timeline.read(assessment)
  const state = assessmentState(history)
  if (!state) return
  const now = await timeline.now()
  await catchUp(ports, state)
  const due = nextLook(state)
  const service = catalogue.get(state.service)
  const events =
    due === undefined || due > now || !state.watch ? [] : await looked(ports, state, service, now)
  if (signal.aborted) return
  await timeline.decide(assessment, (latest, at) => {
    const isStale = latest.length !== history.length
    return {
      change: changeOfAssessment(isStale ? [] : events, latest, at),
      answer: undefined,
    }
  })
  const after = assessmentState(await timeline.read(assessment))
  if (after) await catchUp(ports, after)
}

async function looked(
  ports: AssessmentPorts,
  state: AssessmentState,
  service: Service | undefined,
  now: Instant,
): Promise<readonly AssessmentEvent[]> {
  if (!service) return [watchEnded(state, 'removed', 'countermand')]
  const { timeline, policy } = ports
  const beside = await besideOf(ports, state.service)
  const { startedAt } = beside
  const canary = state.first.measured.canary !== undefined
  const { measured } = await measureService(ports, service, { now, startedAt, canary })
  const event = assessed(
    {
      assessment: state.id,
      service: state.service,
      cause: 'watch',
      by: 'countermand',
      before: verdictOf(state.latest),
      statements: allStatements(state, beside),
    },
    { measured },
    policy,
  )
  const isOver = state.watch !== undefined && state.watch.until <= (await timeline.now())
  if (!isOver) return [event]
  const ahead = { seq: 0, at: now, actor: 'countermand', event } as const
  const last = assessmentState([...(await timeline.read(state.id)), ahead]) ?? state
  return [event, watchEnded(last, 'time', 'countermand')]
}

/** What changed is told on the timeline of the incident as well; a process may have died before it was. */
async function catchUp(
  ports: AssessmentPorts,
  { latest, service }: AssessmentState,
): Promise<void> {
  if (latest.cause !== 'watch' || !isChange(latest)) return
  const { incident } = await besideOf(ports, service)
  await tellIncident(ports, incident, latest)
}
