import { type ApprovalFacts, approvalNeeds } from '#domain/authority/decide-approval.ts'
import { heldTo } from '#domain/authority/two-people.ts'
import type { IncidentId, PersonId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { earliest, type Instant } from '#domain/time.ts'
import { directoryDeadlineMs, standingOf, strictestStart } from '#workflows/facts.ts'
import type { Click } from '#workflows/click.ts'
import type { World } from '#workflows/world.ts'

export type ApprovalPorts = Pick<World, 'catalogue' | 'policy' | 'timeline' | 'directory'>

export interface Gathered {
  readonly incident: IncidentId
  readonly seen: RollbackState
  /** To be asked again once the stream is locked: the rollback and the time are those of that moment. */
  at(history: History, now: Instant): { rollback: RollbackState; facts: ApprovalFacts }
}

/** What is looked up before the lock: who clicks, who asked, who could be asked. `undefined` when the rollback is not known here. */
export async function gathered(
  ports: ApprovalPorts,
  { rollback: id, by, seen: read }: Pick<Click, 'rollback' | 'by' | 'seen'>,
): Promise<Gathered | undefined> {
  const { timeline, policy, directory, catalogue } = ports
  const incident = read?.incident ?? (await timeline.incidentOf(id))
  if (incident === undefined) return undefined
  const before = read?.history ?? (await timeline.read(incident))
  const state = incidentState(before)
  const known = rollbackState(before, id)
  const service = known && catalogue.get(known.service)
  if (!state || !service) return undefined
  const seen = heldTo(known, service)

  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const [clicker, requester, reachable, start] = await Promise.all([
    directory.standing(by, service, signal),
    standingOf(directory, seen.requestedBy, service, signal),
    holdersNow(ports, before, seen, service, signal),
    strictestStart(timeline, service.id, { incident, start: state.authorityStart }),
  ])
  return {
    incident,
    seen,
    at(history, now) {
      const { authorityStart: own, policies } = incidentState(history) ?? state
      const { matrix, rollback } = policyInForce({ policies }, policy)
      return {
        rollback: heldTo(rollbackState(history, id) ?? seen, service),
        facts: {
          now,
          authorityStart: earliest(own, start),
          matrix,
          policy: rollback,
          clicker,
          requester,
          reachable,
        },
      }
    },
  }
}

/** Whom to ask: the holders of what is needed at this moment. Empty when the directory does not say. */
async function holdersNow(
  { directory, policy, timeline }: ApprovalPorts,
  history: History,
  rollback: RollbackState,
  service: Service,
  signal: AbortSignal,
): Promise<readonly PersonId[]> {
  const now: Instant = await timeline.now()
  const state = incidentState(history)
  const { matrix } = policyInForce(state, policy)
  const need = approvalNeeds(rollback, {
    matrix,
    authorityStart: state?.authorityStart ?? now,
    now,
  })
  return (await directory.holders(need.role, service, signal)).people
}
