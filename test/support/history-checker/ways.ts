import { above as higher, isAtLeast, type Role } from '#domain/authority/role.ts'
import type { Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { Breach } from '../history-checker.ts'
import { breach, rollbacks, type Story } from './story.ts'

/** Of a rollback that went another way: the first had failed or spent its time, it is never gone again, and the other is decided on by more. */
export function ways(story: Story): readonly Breach[] {
  return [...rollbacks(story).values()].flatMap((events) => ofOne(story, events))
}

function ofOne(story: Story, events: readonly Recorded<RollbackEvent>[]): readonly Breach[] {
  const found: Breach[] = []
  const left = new Set<string>()
  let standing: string | undefined
  let isSpent = false
  let approvedAs: Role | undefined
  /** The level over whoever approved what spent its time. */
  let above: Role | undefined
  for (const { seq, event } of events) {
    const no = (broken: 'I1' | 'I2', why: string) => found.push(breach(broken, story, seq, why))
    switch (event.kind) {
      case 'rollback_planned':
        standing = event.plan.mechanism
        if (left.has(standing)) no('I1', `${standing} was planned again after it was left`)
        break
      case 'approval_given':
        if (above && event.breakGlass === null && !isAtLeast(event.as, above))
          no('I2', `${event.as} decided on another way, which takes ${above}`)
        approvedAs = event.as
        break
      case 'budget_spent':
        above = approvedAs && higher(approvedAs)
        isSpent = true
        break
      case 'step_failed':
        isSpent = true
        break
      case 'execution_started':
      case 'step_retried':
        isSpent &&= event.kind === 'step_retried'
        break
      case 'way_left':
        if (!isSpent) no('I2', `${event.mechanism} was left although it had not failed`)
        if (event.mechanism !== standing)
          no('I2', `${event.mechanism} was left, and not ${standing}`)
        left.add(event.mechanism)
        isSpent = false
        break
      default:
    }
  }
  return found
}
