import type { Blocker } from '#domain/rollback/plan.ts'
import type { Quiescer } from '#ports/quiescer.ts'
import { apiOf, type EcsParts, nameOf } from './context.ts'
import { type CountChange, EcsTarget } from './schema.ts'
import { see } from './seen.ts'
import { isInFlight } from './states.ts'

/** Stops a service by asking for no task of it. */
export function ecsQuiescer(parts: EcsParts): Quiescer {
  return {
    async plan(given, signal) {
      const target = EcsTarget.parse(given.spec)
      const seen = await see(apiOf(parts, target), target, signal)
      if (!seen) throw new Error(`there is no ${nameOf(target)}`)
      const { service, newest } = seen
      const count = service.desiredCount
      const change: CountChange = {
        kind: 'set_count',
        target,
        workload: given.workload,
        service: service.serviceArn,
        createdAt: service.createdAt ?? null,
        count: 0,
      }
      const why = whyNot(service.schedulingStrategy, newest !== undefined && isInFlight(newest))
      return {
        stop: { change, undo: { ...change, count }, settles: 'tasks' },
        runs: { noun: count === 1 ? 'task' : 'tasks', count },
        warnings: [
          {
            kind: 'platform',
            text: `an autoscaler of ${target.service}, where it has one, may start tasks again in between: then the step fails and says so`,
          },
        ],
        blockers: why.map(
          (text): Blocker => ({ kind: 'unsupported', why: `${target.service} ${text}` }),
        ),
      }
    },
  }
}

const whyNot = (strategy: string, isDeployed: boolean): readonly string[] => [
  ...(strategy === 'DAEMON'
    ? ['runs one task on each instance, and has no number of tasks that could be 0']
    : []),
  ...(isDeployed ? ['is being deployed; wait until that has ended, and ask again'] : []),
]
