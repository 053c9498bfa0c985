import { above as higher, isAtLeast, type Role } from '#domain/authority/role.ts'
import type { Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import type { Breach } from '../history-checker.ts'
import { breach, rollbacks, type Story } from './story.ts'

/** Of a rollback that went another way: the first had failed or spent its time, it is never gone again, and the other is decided on by more. */
export function ways(story: Story): readonly Breach[] {
  return [...rollbacks(story).values()].flatMap((events) => ofOne(story, events))
}

function ofOne(story: Story, events: readonly Recorded<RollbackEvent>[]): readonly Breach[] {
  const found: Breach[] = []
  const left = new Set<string>()
  let plan: Plan | undefined
  let at = 0
  let isSpent = false
  let approvedAs: Role | undefined
  /** The level over whoever approved what spent its time; over the VP it is a second one beside. */
  let above: Role | undefined
  for (const { seq, event } of events) {
    const no = (broken: 'I1' | 'I2', why: string) => found.push(breach(broken, story, seq, why))
    if ('step' in event && typeof event.step === 'number') at = event.step
    switch (event.kind) {
      case 'rollback_planned':
        plan = event.plan
        at = 0
        if (left.has(plan.mechanism))
          no('I1', `${plan.mechanism} was planned again after it was left`)
        break
      case 'approval_given':
        if (above && event.breakGlass === null && !isAtLeast(event.as, above))
          no('I2', `${event.as} decided on another way, which takes ${above}`)
        approvedAs = event.as
        break
      case 'budget_spent':
        above = approvedAs && higher(approvedAs)
        if (above === 'executive') above = 'vp-engineering'
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
        if (event.mechanism !== wayAt(plan, at))
          no('I2', `${event.mechanism} was left, and not ${wayAt(plan, at)}`)
        left.add(event.mechanism)
        isSpent = false
        break
      default:
    }
  }
  return found
}

/** The flags of a combined plan go first, and are a way of their own until the last of them is off. */
const wayAt = (plan: Plan | undefined, at: number): string | undefined =>
  plan?.also?.some(({ target }) => target.executor === plan.steps[at]?.executor)
    ? 'flag-off'
    : plan?.mechanism
