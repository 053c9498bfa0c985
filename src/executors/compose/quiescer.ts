import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Quiescer } from '#ports/quiescer.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { type ComposeParts, hostOf, nameOf } from './context.ts'
import { ComposeTarget, type RunningChange } from './schema.ts'
import { type Seen, see } from './seen.ts'

/** Stops the containers of a service and leaves them there: the very same are started again, with what they were made with, and no file is read for it. */
export function composeQuiescer(parts: ComposeParts): Quiescer {
  return {
    async plan(given, signal) {
      const target = ComposeTarget.parse(given.spec)
      const seen = await see(hostOf(parts, target), target, signal)
      if (!seen) throw new TargetGone(`there is no ${nameOf(target)}`)
      const containers = seen.containers.filter(({ State }) => State.Running).map(({ Id }) => Id)
      const change: RunningChange = {
        kind: 'set_running',
        target,
        workload: given.workload,
        containers,
        isRunning: false,
      }
      return {
        stop: { change, undo: { ...change, isRunning: true }, settles: 'containers' },
        runs: {
          noun: containers.length === 1 ? 'container' : 'containers',
          count: containers.length,
        },
        warnings: startedByDocker(target, seen),
        blockers: seen.isMixed ? [isDeployed(target)] : [],
      }
    },
  }
}

const isDeployed = ({ service }: ComposeTarget): Blocker => ({
  kind: 'unsupported',
  why: `${service} runs two images, as while it is deployed; wait until that has ended, and ask again`,
})

/** `unless-stopped` and `on-failure` leave what was stopped as it is. */
const startedByDocker = ({ service }: ComposeTarget, { containers }: Seen): readonly Warning[] =>
  containers.some(({ HostConfig }) => HostConfig?.RestartPolicy?.Name === 'always')
    ? [
        {
          kind: 'platform',
          text: `${service} has \`restart: always\`: whoever restarts Docker itself meanwhile starts it on a schema that is half way`,
        },
      ]
    : []
