import { told } from '#executors/told.ts'
import type { Instance, InstancesSeen, Warned } from '#domain/assessment/instance.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { Instances } from '#ports/instances.ts'
import type { EcsApi } from './api.ts'
import { apiOf, type EcsParts } from './context.ts'
import type { EcsTask } from './objects.ts'
import { shortName } from './revision.ts'
import { EcsTarget } from './schema.ts'
import { type Seen, see } from './seen.ts'

/** What is asked for, whoever deploys it. */
export type Asked = Pick<Seen, 'service' | 'asked'>

interface Looked {
  readonly seen: Asked
  readonly alive: readonly EcsTask[]
  /** Those that ended by themselves since `from`, or for their health. */
  readonly failed: readonly EcsTask[]
}

/** What ECS shows of the tasks of a service: those that are wanted, and those that ended within the hour for which it remembers them. */
export const ecsInstances = (
  parts: EcsParts,
  askedOf: (spec: unknown, signal: AbortSignal) => Promise<Asked | undefined> = (spec, signal) => {
    const target = EcsTarget.parse(spec)
    return see(apiOf(parts, target), target, signal)
  },
): Instances => ({
  async look(target, from, signal): Promise<InstancesSeen> {
    const spec = EcsTarget.parse(target.spec)
    const asked = `ecs:DescribeTasks of service ${spec.cluster}/${spec.service}`
    const looked = await told(asked, signal, () =>
      lookAt(apiOf(parts, spec), spec, askedOf(target.spec, signal), from, signal),
    )
    if (looked.kind === 'unavailable') return { instances: looked, warnings: looked, written: [] }
    const { what } = looked
    return {
      instances: {
        kind: 'told',
        asked,
        what: { wanted: what.seen.service.desiredCount, all: instancesOf(what) },
      },
      warnings: { kind: 'told', asked, what: warningsOf(what).map(scrubbed(parts.scrub)) },
      // What they wrote is in CloudWatch Logs, which nobody here may read.
      written: [],
    }
  },
})

async function lookAt(
  api: EcsApi,
  target: EcsTarget,
  asked: Promise<Asked | undefined>,
  from: Instant,
  signal: AbortSignal,
): Promise<Looked> {
  const [seen, alive, stopped] = await Promise.all([
    asked,
    api.tasks(target, 'RUNNING', signal),
    api.tasks(target, 'STOPPED', signal),
  ])
  if (!seen) throw new Error(`there is no service ${target.service} in cluster ${target.cluster}`)
  const failed = stopped.filter((task) => hasFailed(task) && (task.stoppedAt ?? 0) >= from)
  return { seen, alive, failed }
}

/** Not whoever was told to go: a deployment stops the tasks before it, and so does an autoscaler. */
const hasFailed = ({ stopCode = '', stoppedReason = '' }: EcsTask): boolean =>
  /^(TaskFailedToStart|EssentialContainerExited)$/.test(stopCode) ||
  /failed .*health checks/i.test(stoppedReason)

/**
 * ECS restarts nothing: it replaces a task that failed by another one. So a task that does not run yet has been trying since the first
 * of those before it, and has their failures; where none is there at the moment, the last one that failed stands for it.
 */
function instancesOf({ seen, alive, failed }: Looked): readonly Instance[] {
  const definitions = new Set(
    [...alive, ...failed].map(({ taskDefinitionArn }) => taskDefinitionArn),
  )
  return [...definitions].flatMap((definition) => {
    const before = ofDefinition(failed, definition)
    const own = ofDefinition(alive, definition)
    const isShort = before.length > 0 && own.every(({ lastStatus }) => lastStatus === 'RUNNING')
    const isAsked = definition === seen.asked
    const missing = isAsked && isShort && own.length < seen.service.desiredCount
    const shown = missing ? [...own, ...before.slice(0, 1)] : own
    const trying = shown.findIndex(({ lastStatus }) => lastStatus !== 'RUNNING')
    const heir = trying < 0 ? 0 : trying
    return shown.map((task, at) => instanceOf(task, isAsked, at === heir ? before : []))
  })
}

/** The latest first. */
const ofDefinition = (tasks: readonly EcsTask[], definition: string): readonly EcsTask[] =>
  tasks
    .filter(({ taskDefinitionArn }) => taskDefinitionArn === definition)
    .toSorted((one, other) => (other.stoppedAt ?? 0) - (one.stoppedAt ?? 0))

function instanceOf(task: EcsTask, isNew: boolean, before: readonly EcsTask[]): Instance {
  const isRunning = task.lastStatus === 'RUNNING'
  const [last] = before
  const began = beganAt(task)
  const since = isRunning ? began : Math.min(began, ...before.map(beganAt))
  const isWell = isRunning && task.healthStatus !== 'UNHEALTHY'
  return {
    name: nameOf(task),
    isNew,
    startedAt: instant(since),
    unreadySince: isWell ? null : instant(since),
    why: isWell ? null : (last && whyOf(last)) || task.lastStatus.toLowerCase(),
    containers: task.containers.map(({ name }) => ({
      name,
      restarts: before.length,
      ended: last?.stoppedAt === undefined ? null : { at: last.stoppedAt, reason: endOf(last) },
    })),
  }
}

function warningsOf({ failed, seen }: Looked): readonly Warned[] {
  const alike = Map.groupBy(
    failed,
    (task) => `${task.taskDefinitionArn} ${task.stoppedReason ?? ''}`,
  )
  const ended = [...alike.values()].flatMap((tasks): readonly Warned[] => {
    const [first] = tasks
    const times = tasks.map(({ stoppedAt = instant(0) }) => stoppedAt)
    return first
      ? [
          {
            about: shortName(first.taskDefinitionArn),
            reason: first.stopCode ?? 'Stopped',
            message: whyOf(first),
            at: instant(Math.max(...times)),
            since: instant(Math.min(...times)),
            times: tasks.length,
          },
        ]
      : []
  })
  const said = seen.service.events.flatMap(({ createdAt, message }): readonly Warned[] =>
    createdAt !== undefined && /unable to place|is unhealthy in/.test(message)
      ? [
          {
            about: seen.service.serviceName,
            reason: 'ServiceEvent',
            message,
            at: createdAt,
            since: createdAt,
            times: 1,
          },
        ]
      : [],
  )
  return [...ended, ...said]
}

const beganAt = ({ startedAt, createdAt, stoppedAt }: EcsTask): number =>
  startedAt ?? createdAt ?? stoppedAt ?? 0
const nameOf = ({ taskArn }: EcsTask): string => `task ${taskArn.split('/').at(-1) ?? taskArn}`
const whyOf = ({ stoppedReason, stopCode }: EcsTask): string =>
  stoppedReason ?? stopCode ?? 'it stopped'

/** As Kubernetes calls it, too: whoever was killed for its memory is told from whoever fell over. */
function endOf({ containers, stopCode }: EcsTask): string {
  const reasons = containers.map(({ reason = '' }) => reason)
  return reasons.some((reason) => /OutOfMemory/.test(reason)) ? 'OOMKilled' : (stopCode ?? 'Error')
}

const scrubbed =
  (scrub: (text: string) => string) =>
  (warned: Warned): Warned => ({ ...warned, message: scrub(warned.message) })
