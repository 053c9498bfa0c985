import { type ApprovalDecision, decideApproval } from '#domain/authority/decide-approval.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import type { PlanDigest, ServiceId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { isTogether, membersOf } from '#domain/rollback/together.ts'
import { earliest, type Instant } from '#domain/time.ts'
import { type ApprovalPorts, type Gathered, gathered } from './approval-facts.ts'
import { digestOfAll } from '#workflows/planning/plan-digest.ts'

type Approved = Extract<ApprovalDecision, { kind: 'approved' }>

interface Typed {
  readonly digest: PlanDigest
  readonly acknowledged: string | undefined
  readonly breakGlass: string | undefined
}

/** What one click on the card of several comes to: all of them are approved, or none. */
export type TogetherDecision =
  | {
      readonly kind: 'approved'
      readonly each: readonly { readonly member: RollbackState; readonly decision: Approved }[]
    }
  | { readonly kind: 'refused'; readonly over: ServiceId; readonly because: Refusal }

/** Facts of each service are looked up before the lock, since whoever approves needs the authority over every one (policy §5). */
export async function gatheredTogether(
  ports: ApprovalPorts,
  lead: Gathered,
  by: Parameters<typeof gathered>[1]['by'],
) {
  const history = await ports.timeline.read(lead.incident)
  const all = await Promise.all(
    membersOf(history, lead.seen).map(({ id }) => gathered(ports, { rollback: id, by })),
  )
  const members = all.filter((one) => one !== undefined)
  return {
    /** Whether they are still decided on together at this moment. */
    isAsked: (now: History): boolean => {
      const asked = membersOf(now, lead.seen)
      return asked.length > 1 && asked.every(isTogether)
    },
    decide(now: History, at: Instant, typed: Typed): TogetherDecision {
      const each = members.map((one) => one.at(now, at))
      // The strictest clock of all their incidents counts for each.
      const authorityStart = earliest(at, ...each.map(({ facts }) => facts.authorityStart))
      const digests = each.flatMap(({ rollback }) => rollback.digest ?? [])
      const isSame = digestOfAll(digests) === typed.digest
      const decided = each.map(({ rollback, facts }) => ({
        member: rollback,
        decision: decideApproval(
          rollback,
          // Somebody who saw other plans, or not all of them, approves none.
          { ...typed, digest: isSame && rollback.digest ? rollback.digest : typed.digest },
          { ...facts, authorityStart },
        ),
      }))
      const approved: { member: RollbackState; decision: Approved }[] = []
      for (const { member, decision } of decided) {
        if (decision.kind === 'refused')
          return { kind: 'refused', over: member.service, because: decision.because }
        approved.push({ member, decision })
      }
      const complete = approved.every(({ decision }) => decision.complete)
      const needs = approved.find(({ decision }) => !decision.complete)?.decision.stillNeeds
      return {
        kind: 'approved',
        each: approved.map(({ member, decision }) => ({
          member,
          decision: { ...decision, complete, stillNeeds: complete ? undefined : needs },
        })),
      }
    },
  }
}
