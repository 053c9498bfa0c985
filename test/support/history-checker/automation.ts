import type { Recorded } from '#domain/incident/events.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import type { Breach } from '../history-checker.ts'
import { breach, rollbacks, type Story } from './story.ts'

/** I2 where no person decides: only after its countdown, once for a version, and never on what a rollback brought. */
export function automation(stories: readonly Story[]): readonly Breach[] {
  return [...stories.flatMap(countedDown), ...onceAndForward(stories)]
}

function countedDown(story: Story): readonly Breach[] {
  return [...rollbacks(story).values()].flatMap((events) => {
    const found: Breach[] = []
    let until: number | undefined
    for (const { seq, at, event } of events) {
      if (event.kind === 'countdown_begun') ({ until } = event)
      if (event.kind === 'countdown_stopped' || event.kind === 'rollback_planned') until = undefined
      if (event.kind === 'automation_approved' && (until === undefined || at < until))
        found.push(breach('I2', story, seq, 'automation decided without its countdown'))
    }
    return found
  })
}

interface Done {
  readonly story: Story
  readonly recorded: Recorded<RollbackEvent>
  readonly plan: Plan
}

/** Over all incidents, in the order of time. */
function onceAndForward(stories: readonly Story[]): readonly Breach[] {
  const all = stories
    .flatMap((story) =>
      [...rollbacks(story).values()].flatMap((events) => decidedOf(story, events)),
    )
    .toSorted((one, other) => one.recorded.at - other.recorded.at)
  const found: Breach[] = []
  const left = new Set<string>()
  const brought = new Map<string, string>()
  for (const { story, recorded, plan } of all) {
    const { seq, event } = recorded
    const { workload } = plan.target
    if (event.kind === 'execution_started') brought.set(workload, plan.to.id)
    if (event.kind !== 'automation_approved') continue
    const version = `${workload} ${plan.from.id}`
    if (left.has(version))
      found.push(breach('I2', story, seq, 'automation decided twice on one version'))
    if (brought.get(workload) === plan.from.id)
      found.push(breach('I2', story, seq, 'automation decided to roll a rollback back'))
    left.add(version)
  }
  return found
}

function decidedOf(story: Story, events: readonly Recorded<RollbackEvent>[]): readonly Done[] {
  let plan: Plan | undefined
  return events.flatMap((recorded) => {
    const { event } = recorded
    if (event.kind === 'rollback_planned') ({ plan } = event)
    const counts = event.kind === 'automation_approved' || event.kind === 'execution_started'
    return counts && plan ? [{ story, recorded, plan }] : []
  })
}
