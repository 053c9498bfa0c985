import type { History, Recorded } from '#domain/incident/events.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import type { IncidentId } from '#domain/ids.ts'
import { changeOf } from '#workflows/record.ts'
import { messageOf, planned } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'evidence' | 'scrub' | 'clock'>

/** The change is on its way by then, and no pod gone: what looks at the same platform lets it go first. */
const headStartMs = 500

/** Saves what the bad instances say of themselves, beside the rollback and never in its way. Once per rollback. */
export async function captureEvidence(
  ports: Ports,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const history = await ports.timeline.read(incident)
  const rollbacks = lastApproved(history)
  if (rollbacks.length === 0 || isCaptured(history)) return
  await ports.clock.pause(headStartMs, signal)
  const failed: string[] = []
  const items = []
  for (const rollback of rollbacks) {
    const { plan, executor } = planned(ports, rollback)
    const found = await executor
      .evidence(plan.target, plan.from.id, signal)
      .catch((error: unknown) => {
        failed.push(messageOf(error))
        return []
      })
    for (const { name, kind, text } of found)
      items.push({
        name,
        ...(await ports.evidence.keep(incident, rollback.id, {
          name,
          kind,
          text: ports.scrub(text),
        })),
      })
  }
  await note(ports, incident, items, failed)
}

/** As they stood when they were approved: that may be void by now, and what was bad is to be seen all the same. */
function lastApproved(history: History): readonly RollbackState[] {
  const last = history.findLastIndex(isApproval)
  const until = history.slice(0, last + 1)
  const approved = rollbacksOf(until).filter((one) => one.approved !== undefined)
  const newest = approved.at(-1)
  if (!newest) return []
  const together = approved.filter(({ together: of }) => of && of.lead === newest.together?.lead)
  return together.length > 0 ? together : [newest]
}

/** Captured since the last approval; a retried job finds its work done. */
function isCaptured(history: History): boolean {
  const last = history.findLast((row) => row.event.kind === 'evidence_captured' || isApproval(row))
  return last?.event.kind === 'evidence_captured'
}

const isApproval = ({ event }: Recorded): boolean =>
  event.kind === 'approval_given' || event.kind === 'automation_approved'

async function note(
  ports: Ports,
  incident: IncidentId,
  items: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[],
  failed: readonly string[],
): Promise<void> {
  await ports.timeline.decide(incident, (history, now) => ({
    // Another worker may have been at it at the same time.
    change: isCaptured(history)
      ? undefined
      : changeOf([{ kind: 'evidence_captured', items, failed }], {
          history,
          now,
          policy: ports.policy,
        }),
    answer: undefined,
  }))
}
