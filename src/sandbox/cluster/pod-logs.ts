import type { Behaviour } from './behaviour.ts'

interface Written {
  running: string[]
  previous: string[] | undefined
  isRunning: boolean
}

export type Logs = ReturnType<typeof createLogs>

/** What containers wrote: this run's lines and the run's before the last restart. */
export function createLogs(now: () => Date) {
  const written = new Map<string, Map<string, Written>>()

  const lines = (texts: readonly string[]) => texts.map((text) => `${now().toISOString()} ${text}`)

  function of(uid: string, container: string): Written {
    const pod = written.get(uid) ?? new Map<string, Written>()
    written.set(uid, pod)
    const log = pod.get(container) ?? { running: [], previous: undefined, isRunning: false }
    pod.set(container, log)
    return log
  }

  return {
    started(uid: string, container: string, behaviour: Behaviour): void {
      const log = of(uid, container)
      if (log.isRunning) return
      log.isRunning = true
      log.running = lines(behaviour.logs ?? ['started', 'listening on :8080'])
    },
    crashed(uid: string, container: string, behaviour: Behaviour): void {
      const log = of(uid, container)
      log.previous = [...log.running, ...lines(behaviour.lastWords ?? ['fatal: exiting'])]
      log.running = log.previous
      log.isRunning = false
    },
    read(uid: string, container: string, isPrevious: boolean): readonly string[] | undefined {
      const log = written.get(uid)?.get(container)
      return isPrevious ? log?.previous : log?.running
    },
    forget(uid: string): void {
      written.delete(uid)
    },
  }
}
