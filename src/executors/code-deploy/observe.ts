import { instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import { asRevision, type Found, othersOf } from '#executors/ecs/found.ts'
import type { Deployed } from '#executors/ecs/history.ts'
import type { EcsTask } from '#executors/ecs/objects.ts'
import { objectionsTo, remember } from '#executors/ecs/remember.ts'
import { imagesOf, revisionOf } from '#executors/ecs/revision.ts'
import type { Observed } from '#ports/executor.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import { preconditionOf } from './changed-since.ts'
import { historyOf, sinceOf } from './history.ts'
import { isInFlight, isReturn } from './objects.ts'
import { refusalsOf } from './refusals.ts'
import type { CodeDeployTarget } from './schema.ts'
import { readyOf, type Seen, see } from './seen.ts'
import { warningsOf } from './warnings.ts'

/** With what every deployment brought. */
export const lookAt = (
  parts: CodeDeployParts,
  { spec }: Checked<CodeDeployTarget>,
  signal: AbortSignal,
): Promise<Seen | undefined> => see(apisOf(parts, spec), spec, signal, { isAll: true })

/** What runs and what could run instead, by one look. Also writes every version it sees into our record. */
export async function observe(
  parts: CodeDeployParts,
  target: Checked<CodeDeployTarget>,
  signal: AbortSignal,
  looked: Promise<Seen | undefined> = lookAt(parts, target, signal),
): Promise<Observed> {
  const { spec } = target
  const apis = apisOf(parts, spec)
  const [seen, tasks] = await Promise.all([
    looked,
    apis.ecs.tasks(spec, 'RUNNING', signal).catch((): readonly EcsTask[] => []),
  ])
  if (!seen) throw new Error(`there is no ECS service ${spec.service} in cluster ${spec.cluster}`)
  const blockers = refusalsOf(seen)
  const { service } = seen
  const units = { noun: 'tasks', count: service.desiredCount, ready: service.runningCount }
  const precondition = preconditionOf(seen)
  if (seen.asked === '')
    return { running: unknown(seen), history: [], precondition, warnings: [], blockers, units }
  const deployed = historyOf(seen)
  const running = await runningOf(apis.ecs, seen, deployed, tasks, signal)
  const others = await othersOf(parts, apis.ecs, target, seen.asked, deployed, signal)
  const isCalm = !seen.newest || !isInFlight(seen.newest)
  const ready = readyOf(seen, seen.asked)
  const { at, orEarlier } = await remember(parts, target, {
    running,
    others,
    isHealthy: isCalm && service.desiredCount > 0 && ready >= service.desiredCount,
    isSinceEarlier: !running.deployed,
  })
  return {
    running: { ...running.revision, since: at, ...(orEarlier ? { orEarlier } : {}) },
    history: others.map(({ revision }) => revision),
    objections: new Map([running, ...others].flatMap(objectionsTo)),
    precondition,
    warnings: warningsOf(seen, running.revision.images),
    blockers,
    units,
  }
}

const unknown = ({ service }: Seen): Observed['running'] => ({
  id: revisionOf(service.serviceArn),
  name: 'a task set',
  images: [],
  since: instant(service.createdAt ?? 0),
  orEarlier: true,
})

/** With the digests that its tasks run. */
async function runningOf(
  ecs: ReturnType<CodeDeployParts['api']>,
  seen: Seen,
  all: readonly Deployed[],
  tasks: readonly EcsTask[],
  signal: AbortSignal,
): Promise<Found> {
  const { asked: definition, newest, service } = seen
  const described = await ecs.definition(definition, signal)
  const deployed = all.find((one) => one.definition === definition)
  const set = service.taskSets.find(({ taskDefinition }) => taskDefinition === definition)
  const isNew = newest && isInFlight(newest) && !isReturn(newest) && seen.back !== definition
  const since = isNew
    ? sinceOf(newest)
    : (deployed?.since ?? set?.createdAt ?? service.createdAt ?? instant(0))
  const own = tasks.find(({ taskDefinitionArn }) => taskDefinitionArn === definition)
  const digests = new Map(
    (own?.containers ?? []).flatMap(({ name, imageDigest }) =>
      imageDigest ? [[name, imageDigest] as const] : [],
    ),
  )
  const revision = asRevision(definition, described, undefined, since)
  const images = described ? imagesOf(described, digests) : revision.images
  return { definition, described, deployed, revision: { ...revision, images } }
}
