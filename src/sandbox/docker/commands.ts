import type { Faults } from '#sandbox/cluster/faults.ts'
import { type Around, Asked, type Ended, ended, failed } from './asked.ts'
import { compose } from './compose.ts'
import { brokenOff, restarted } from './up.ts'

const verbs = ['version', 'config', 'up', 'start', 'stop', 'rm']

interface Moving {
  /** Something is other than it was, and nothing was started. */
  readonly moved: () => void
}

/** What Docker's own command was started for: carried out, with the trouble that was asked for. */
export function dockerCommands(around: Around & Moving, faults: Faults) {
  const { state } = around
  const commands: Asked[] = []
  const timers = new Set<NodeJS.Timeout>()
  let breaks: { readonly replaced: number; readonly says: string } | undefined
  return {
    commands,
    /** The next `up` replaces so many containers, cannot start them, and ends with these words; the rest stays. */
    breakOff(replaced: number, says: string): void {
      breaks = { replaced, says }
    },
    async carryOut(text: string): Promise<Ended> {
      const asked = Asked.parse(JSON.parse(text))
      commands.push(asked)
      const name = asked.args.find((word) => verbs.includes(word)) ?? ''
      const fault = faults.take('POST', `/${name}`)
      if (fault?.cut === 'before') return failed('error during connect: connection reset by peer')
      if (fault?.status !== undefined)
        return failed(`Error response from daemon: trouble of kind ${fault.status}`)
      if (fault?.message !== undefined) return failed(fault.message)
      const former = [...state.containers.values()]
      const done = asked.args[0] === 'container' ? container(around, asked) : compose(around, asked)
      if (name === 'up' && breaks) {
        const { replaced, says } = breaks
        breaks = undefined
        return brokenOff(state, former, replaced, says)
      }
      if (fault?.delayMs !== undefined)
        await new Promise((resolve) => {
          timers.add(setTimeout(resolve, fault.delayMs))
        })
      return fault?.cut === 'after' ? failed('error during connect: unexpected EOF') : done
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** Containers by their ids: stopped, started again, or taken away once they are stopped. */
function container(around: Around & Moving, { args: [, verb, ...ids] }: Asked): Ended {
  const { state, moved } = around
  const found = ids.map((id) => state.containers.get(id))
  const missing = ids.find((_, index) => !found[index])
  if (missing !== undefined)
    return failed(`Error response from daemon: No such container: ${missing}`)
  for (const one of found) {
    if (!one) continue
    if (verb === 'stop') one.stopped ??= { code: 0 }
    else if (verb === 'start') {
      if (one.stopped) restarted(one, around)
    } else if (verb === 'rm' && one.stopped) state.containers.delete(one.id)
    else return failed(`Error response from daemon: cannot ${verb} container "${one.id}"`)
  }
  moved()
  return ended(0, `${ids.join('\n')}\n`)
}
