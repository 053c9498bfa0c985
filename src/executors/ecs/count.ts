import { following } from '#executors/aws/following.ts'
import { untilMade } from '#executors/aws/until-made.ts'
import { type Progress, Superseded } from '#ports/executor.ts'
import type { EcsApi } from './api.ts'
import { apiOf, type EcsParts } from './context.ts'
import type { EcsService } from './objects.ts'
import type { CountChange, EcsTarget } from './schema.ts'

/** Asks for so many tasks and for nothing else, once, however often it is called, and by whichever process. ECS makes no deployment of that. */
export async function applyCount(
  parts: EcsParts,
  change: CountChange,
  signal: AbortSignal,
): Promise<void> {
  const { target, count } = change
  const api = apiOf(parts, target)
  await untilMade(
    {
      on: `ECS service ${target.cluster}/${target.service}`,
      look: async () => {
        const { desiredCount } = sameAs(change, await api.service(target, signal))
        // An autoscaler may move the number before it is stopped, and once it was started: what runs is started, whoever asked for it.
        return desiredCount === count || (count > 0 && desiredCount > 0) ? undefined : count
      },
      make: (wanted) => api.scale(target, wanted, signal),
      isPassing: () => false,
      retryMs: parts.retryMs,
    },
    signal,
  )
}

function sameAs(
  { service, createdAt, target: { service: name } }: CountChange,
  found: EcsService | undefined,
): EcsService {
  if (!found) throw new Superseded(`${name} is gone`)
  if (found.serviceArn !== service || (found.createdAt ?? null) !== createdAt)
    throw new Superseded(`${name} was deleted and made again`)
  if (found.status !== 'ACTIVE') throw new Superseded(`${name} is ${found.status}`)
  return found
}

/** Stopped is what has no task left, not even one that is on its way out; started, where as many run as are wanted by then. */
export function countProgress(
  parts: EcsParts,
  change: CountChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const { target, count } = change
  const api = apiOf(parts, target)
  return following(
    parts.lookEveryMs,
    async () => {
      const service = await api.service(target, signal)
      if (!service) return { kind: 'failed', message: `${target.service} is gone`, ...none }
      const { desiredCount: wanted, runningCount: ready } = service
      const figures = { ready, wanted }
      if (count === 0 && wanted > 0)
        return {
          kind: 'failed',
          message: `${target.service} was scaled to ${wanted} by somebody or an autoscaler`,
          ...figures,
        }
      if (count > 0)
        return ready >= wanted && wanted > 0
          ? { kind: 'settled', ready: wanted, wanted }
          : { kind: 'moving', note: 'tasks start', ...figures }
      const left = await tasksLeft(api, target, signal)
      return left === 0
        ? { kind: 'settled', ...none }
        : { kind: 'moving', note: `${left} ${left === 1 ? 'task ends' : 'tasks end'}`, ...figures }
    },
    signal,
  )
}

/** With those that are told to end and have not yet; of more than a hundred that ended in the last hour ECS does not tell all. */
async function tasksLeft(api: EcsApi, target: EcsTarget, signal: AbortSignal): Promise<number> {
  const [wanted, ending] = await Promise.all([
    api.tasks(target, 'RUNNING', signal),
    api.tasks(target, 'STOPPED', signal),
  ])
  return wanted.length + ending.filter(({ lastStatus }) => lastStatus !== 'STOPPED').length
}

const none = { ready: 0, wanted: 0 } as const
