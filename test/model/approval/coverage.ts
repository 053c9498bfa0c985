import fc from 'fast-check'
import type { Recorded } from '#domain/incident/events.ts'

/** What a run came across, so that a test can show that it was not idle. */
export function coverage() {
  const kinds = new Map<string, number>()
  const reasons = new Map<string, number>()
  const add = (to: Map<string, number>, key: string) => to.set(key, (to.get(key) ?? 0) + 1)
  return {
    kinds,
    reasons,
    tell({ event }: Recorded): void {
      add(kinds, event.kind)
      if (event.kind === 'decision_refused') add(reasons, event.because.kind)
    },
  }
}

/** How often as much as planned is played where what is rare has not been come across: chance must fail nobody's change. */
export const mostRounds = 6

/** Each round has examples of its own, the same in every run. */
export async function playUntil(
  isEnough: () => boolean,
  play: (seed: number) => Promise<void>,
): Promise<void> {
  const { seed: first = 1 } = fc.readConfigureGlobal()
  for (let round = 0; round < mostRounds; round += 1) {
    await play(first + round)
    if (isEnough()) return
  }
}

/** Everything that can happen until a rollback begins. */
export const allKinds = [
  'incident_declared',
  'incident_start_changed',
  'rollback_requested',
  'rollback_planned',
  'approval_given',
  'decision_refused',
  'escalated',
  'reminded',
  'rollback_rejected',
  'rollback_cancelled',
  'rollback_expired',
  'approval_voided',
  'execution_started',
] as const

/** Every refusal that the rules about approving, rejecting and cancelling know. */
export const allReasons = [
  'not_now',
  'not_a_member',
  'plan_changed',
  'already_decided',
  'already_counted',
  'expired',
  'second_person_needed',
  'acknowledgement_needed',
  'reason_needed',
  'role_source_down',
  'nothing_to_decide',
  'not_the_requester',
  'not_for_break_glass',
] as const
