import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import type { Service, Task } from './state.ts'

/** By the scheduler, which needs it no more. */
export function stop(task: Task, reason: string, at: Date): void {
  Object.assign(task, {
    lastStatus: 'STOPPED',
    stoppedAt: at,
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: reason,
  })
}

/** ECS shows stopped tasks for an hour; here it is the latest. */
const mostStopped = 40
export function forgetStopped(service: Service): void {
  const stopped = service.tasks.filter(({ lastStatus }) => lastStatus === 'STOPPED')
  for (const task of stopped.slice(0, -mostStopped))
    service.tasks.splice(service.tasks.indexOf(task), 1)
}

export const alive = ({ tasks }: Service): readonly Task[] =>
  tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED')

/** Why a task of that behaviour ends, where it does. */
export function failureOf(
  { start }: Behaviour,
  { revision }: Task,
): { stopCode: string; stoppedReason: string; exitCode?: number } | undefined {
  const image = revision.images[0]?.image ?? ''
  switch (start.kind) {
    case 'ready':
      return undefined
    case 'image-missing':
      return {
        stopCode: 'TaskFailedToStart',
        stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref docker.io/${image}: not found`,
      }
    case 'never-ready':
      return {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: 'Task failed container health checks',
      }
    case 'crash-loop':
      return {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        exitCode: start.exitCode ?? 1,
      }
  }
}
