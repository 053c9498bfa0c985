import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Step } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { between, type Micros, seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import { type Observed, type Route, Superseded } from '#ports/executor.ts'
import { apiOf, type EcsParts } from './context.ts'
import { goalOf, sameImages } from './goal.ts'
import { historyOf } from './history.ts'
import { beforeRoute, refusalsOf } from './refusals.ts'
import { shortName } from './revision.ts'
import type { EcsChange, EcsTarget } from './schema.ts'
import { askedRevision, markOf, type Seen, see } from './seen.ts'
import { isInFlight, isTakenBack, pauseOf } from './states.ts'
import { copyWarning, notRestored, tagWarnings } from './warnings.ts'

/** Where no deployment of it has been seen to end: starting, and health checks of a load balancer. */
const usual = seconds(180)
/** The tasks of the version before run still, or were stopped a moment ago. */
const stopped = seconds(60)

/** The way to `to`: a deployment that is under way is taken back by ECS itself, else the former task definition is deployed again. */
export async function route(
  parts: EcsParts,
  target: Checked<EcsTarget>,
  observed: Observed,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Route> {
  const api = apiOf(parts, target.spec)
  const seen = await see(api, target.spec, signal, { isAll: true })
  if (!seen) throw new Superseded(`${target.spec.service} changed while the plan was made`)
  const refusals = beforeRoute(seen, observed, to, refusalsOf(seen))
  if (refusals.length > 0) return refused(...refusals)
  const [goal, deployed] = await Promise.all([
    goalOf({ ...parts, ecs: api }, target, observed, { to, asked: seen.asked }, signal),
    historyOf(api, seen.briefs, signal),
  ])
  if ('kind' in goal) return refused(goal)
  if (isUnderWay(seen) && seen.back === undefined)
    return refused({
      kind: 'unsupported',
      why: 'ECS does not say to which version it would take the deployment back that is under way; wait until it has ended, or stop it in ECS',
    })
  const { revision, definition, differences } = goal
  const same = sameImages(observed.running.images, revision.images)
  if (same !== undefined) return refused({ kind: 'unsupported', why: same })

  const copy = goal.isInactive ? await api.copyOf(definition, signal) : undefined
  const isCopied = goal.isInactive && copy === undefined
  const own = deployed.find((one) => one.definition === definition)
  return {
    steps: [
      ...(isCopied ? [registering(target, seen, definition)] : []),
      ...stepsOf(target, seen, observed.running, revision, definition),
    ],
    collapse: [],
    collapseHow: null,
    differences,
    warnings: [
      ...tagWarnings(observed.running.images, revision.images),
      ...notRestored(askedRevision(seen), own?.revision),
      ...(goal.isInactive ? [copyWarning(definition, copy)] : []),
    ],
    blockers: [],
    mechanism: 'ecs-deployment',
    how: `${isCopied ? `register a copy of ${shortName(definition)}, then ` : ''}${howText(seen, definition, revision.name)}`,
    expectedMicros: expectedMicros(seen, definition),
  }
}

const refused = (...blockers: readonly Blocker[]): Route =>
  closedRoute('ecs-deployment', ...blockers)

const isUnderWay = ({ newest }: Seen): boolean =>
  newest !== undefined && isInFlight(newest) && !isTakenBack(newest)

/** First of all: whether the right to it is there shows before anything is touched that serves. */
function registering({ spec, workload }: Checked<EcsTarget>, seen: Seen, definition: string): Step {
  const { service } = seen
  const change: EcsChange = {
    kind: 'register',
    target: spec,
    workload,
    service: service.serviceArn,
    createdAt: service.createdAt ?? null,
    definition,
    after: markOf(seen)?.arn ?? null,
    undoes: false,
  }
  return {
    name: `copy of ${shortName(definition)} registered`,
    change,
    undo: { ...change, undoes: true },
    settles: undefined,
    onFailure: 'ask',
    stays: true,
  }
}

/** Two, where ECS would take a deployment that is under way back to another version than the wanted one. */
function stepsOf(
  { spec, workload }: Checked<EcsTarget>,
  seen: Seen,
  from: Revision,
  goal: Revision,
  to: string,
): readonly Step[] {
  const { service, newest, back, asked } = seen
  const at = {
    target: spec,
    workload,
    service: service.serviceArn,
    createdAt: service.createdAt ?? null,
  }
  const after = markOf(seen)
  const isStopped = newest !== undefined && isUnderWay(seen)
  const goBack = (left: string): EcsChange => ({
    kind: 'go_back',
    ...at,
    from: left,
    to,
    after,
    undoes: false,
  })
  const undo = (left: string, brought = to): EcsChange => ({
    kind: 'go_back',
    ...at,
    from: brought,
    to: left,
    after,
    undoes: true,
  })
  if (isStopped && back !== undefined && back !== to) {
    const halted = {
      kind: 'halt' as const,
      ...at,
      deployment: newest.serviceDeploymentArn,
      back,
    }
    return [
      step(`deployment of ${from.name} taken back`, halted, undo(asked, back)),
      step(`${goal.name} deployed`, goBack(back), undo(back)),
    ]
  }
  const name = isStopped ? `deployment of ${from.name} taken back` : `${goal.name} deployed`
  return [step(name, goBack(asked), undo(asked))]
}

/** Nothing is taken back by itself: that would bring the bad version back. */
const step = (name: string, change: EcsChange, undo: EcsChange): Step => ({
  name,
  change,
  undo,
  settles: 'tasks',
  onFailure: 'ask',
})

function howText(seen: Seen, to: string, name: string): string {
  const { newest, back, service } = seen
  const { strategy, bakeTimeInMinutes, lifecycleHooks, minimumHealthyPercent, maximumPercent } =
    service.deploymentConfiguration
  const count = `${service.desiredCount} ${service.desiredCount === 1 ? 'task' : 'tasks'}`
  if (newest && isInFlight(newest) && !isTakenBack(newest)) {
    const stop = pauseOf(newest) === undefined ? 'stop the deployment' : 'answer its PAUSE hook'
    return back === to || back === undefined
      ? `${stop}, and have ECS take it back to ${name} · ${count}`
      : `${stop}, then deploy ${shortName(to)} · ${count}`
  }
  const pace =
    strategy === undefined || strategy === 'ROLLING'
      ? `rolling, ${minimumHealthyPercent ?? 100} to ${maximumPercent ?? 200} %`
      : strategy.toLowerCase().replaceAll('_', '/')
  return [
    `deploy ${shortName(to)} again`,
    `${count}, ${pace}`,
    ...(lifecycleHooks?.some(({ targetType }) => targetType === 'PAUSE')
      ? ['it will wait at a PAUSE hook']
      : []),
    ...(bakeTimeInMinutes ? [`ECS watches it for ${bakeTimeInMinutes} min more`] : []),
  ].join(' · ')
}

/** By the last deployment that ended well, without the time that ECS only watches. */
function expectedMicros({ briefs, newest, service, back }: Seen, to: string): Micros {
  if (newest && isInFlight(newest)) return back === to ? stopped : usual
  const last = briefs.find(({ status }) => status === 'SUCCESSFUL')
  const baked = seconds((service.deploymentConfiguration.bakeTimeInMinutes ?? 0) * 60)
  const took =
    last?.startedAt === undefined || last.finishedAt === undefined
      ? 0
      : between(last.startedAt, last.finishedAt) - baked
  return took > 0 ? (took as Micros) : usual
}
