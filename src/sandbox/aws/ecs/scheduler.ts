import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import {
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
  type Task,
  wantedBy,
} from './state.ts'
import { alive, failureOf, forgetStopped, stop } from './tasks.ts'

interface Parts {
  readonly now: () => Date
  readonly ms: () => number
  readonly taskStartMs: () => number
  readonly behaviours: (image: string) => Behaviour
  /** Begins with a number in eight digits, another one each time. */
  readonly id: () => string
  readonly arn: (kind: string, path: string) => string
  readonly say: (service: Service, message: string) => void
}

/** Starts tasks and stops them, as many as are wanted. */
export function scheduler({ now, ms, id, arn, say, ...options }: Parts) {
  function start(service: Service, current: ServiceDeployment | undefined, task: Task): boolean {
    if (task.lastStatus !== 'PENDING' || task.dueMs > ms()) return false
    const failure = failureOf(options.behaviours(task.revision.images[0]?.image ?? ''), task)
    const isOfCurrent = current !== undefined && task.revision === wantedBy(current)
    if (failure === undefined) {
      task.lastStatus = 'RUNNING'
      if (isOfCurrent) current.failedTasks = 0
      return true
    }
    Object.assign(task, { lastStatus: 'STOPPED', stoppedAt: now(), ...failure })
    if (isOfCurrent) {
      current.failedTasks += 1
      current.failures += 1
    }
    say(service, `has stopped 1 running tasks: (task ${task.arn.split('/').at(-1)}).`)
    return true
  }

  function task(
    { cluster }: Service,
    revision: ServiceRevision,
    createdAt: Date,
    dueMs: number,
  ): Task {
    const own = id()
    const name = arn('task', `${cluster}/${own}`)
    const made = Number.parseInt(own.slice(0, 8), 16)
    const ip = `10.0.${made >> 8}.${made & 255}`
    return { arn: name, revision, ip, createdAt, dueMs, lastStatus: 'PENDING' }
  }

  function startTasks(service: Service, revision: ServiceRevision, count: number): void {
    forgetStopped(service)
    const dueMs = ms() + Math.max(1, options.taskStartMs())
    for (let started = 0; started < count; started += 1)
      service.tasks.push(task(service, revision, now(), dueMs))
  }

  /** Between deployments: as many as are wanted, of what runs. */
  function keepCount(service: Service, revision: ServiceRevision): boolean {
    const own = alive(service).filter((task) => task.revision === revision)
    if (own.length === service.desiredCount) return false
    if (own.length < service.desiredCount)
      startTasks(service, revision, service.desiredCount - own.length)
    else for (const task of own.slice(service.desiredCount)) stop(task, 'Scaling activity', now())
    return true
  }

  /** As many as are wanted, as if they had been started long ago. */
  function runAtOnce(service: Service, revision: ServiceRevision, createdAt: Date): void {
    for (let count = 0; count < service.desiredCount; count += 1)
      service.tasks.push({ ...task(service, revision, createdAt, 0), lastStatus: 'RUNNING' })
  }

  return { start, startTasks, keepCount, runAtOnce }
}
