import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import { seconds } from '#domain/time.ts'
import { closedRoute } from '#executors/closed.ts'
import type { Checked } from '#executors/define-executor.ts'
import { goalOf, sameImages } from '#executors/ecs/goal.ts'
import { beforeRoute } from '#executors/ecs/refusals.ts'
import { shortName } from '#executors/ecs/revision.ts'
import { tagWarnings } from '#executors/ecs/warnings.ts'
import { type Observed, type Route, Superseded } from '#ports/executor.ts'
import type { AppSpec } from './app-spec.ts'
import { apisOf, type CodeDeployParts } from './context.ts'
import { isInFlight, waitMinutes, waitsForWord } from './objects.ts'
import { refusalsOf } from './refusals.ts'
import type { CodeDeployChange, CodeDeployTarget } from './schema.ts'
import { isShifted, markOf, type Seen, see } from './seen.ts'

/** New tasks must start and be well behind the load balancer. */
const usual = seconds(240)
/** Traffic goes back to tasks that run still. */
const stopped = seconds(60)

/** The way to `to`: a deployment under way is stopped and taken back by CodeDeploy, else one is created that brings the former task definition. */
export async function route(
  parts: CodeDeployParts,
  target: Checked<CodeDeployTarget>,
  observed: Observed,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Route> {
  const apis = apisOf(parts, target.spec)
  const seen = await see(apis, target.spec, signal, { isAll: true })
  if (!seen) throw new Superseded(`${target.spec.service} changed while the plan was made`)
  const refusals = beforeRoute(seen, observed, to, refusalsOf(seen))
  if (refusals.length > 0) return refused(...refusals)
  const goal = await goalOf(
    { ...parts, ecs: apis.ecs },
    target,
    observed,
    { to, asked: seen.asked },
    signal,
  )
  if ('kind' in goal) return refused(goal)
  const isUnderWay = seen.newest !== undefined && isInFlight(seen.newest)
  if (isUnderWay && seen.back === undefined)
    return refused({
      kind: 'unsupported',
      why: 'nothing is left of what ran before the deployment that is under way, to which CodeDeploy could take it back; wait until it has ended',
    })
  const { revision, definition, differences } = goal
  const same = sameImages(observed.running.images, revision.images)
  if (same !== undefined) return refused({ kind: 'unsupported', why: same })

  const model = modelFor(seen, definition)
  const creates = !isUnderWay || seen.back !== definition
  return {
    steps: stepsOf(target, seen, observed.running.name, revision.name, definition),
    collapse: [],
    collapseHow: null,
    differences,
    warnings: [
      ...tagWarnings(observed.running.images, revision.images),
      ...(creates ? specWarnings(model) : []),
      ...undoWarnings(seen, observed.running.name),
    ],
    blockers: [],
    mechanism: 'ecs-deployment',
    how: howText(seen, definition, revision.name, creates),
    expectedMicros: creates ? usual : stopped,
  }
}

const refused = (...blockers: readonly Blocker[]): Route =>
  closedRoute('ecs-deployment', ...blockers)

/** The newest deployment whose AppSpec is known to bring it. */
function modelFor(seen: Seen, definition: string): { id: string; spec: AppSpec } | undefined {
  for (const { deploymentId: id } of seen.deployments) {
    const spec = seen.specs.get(id)
    if (spec?.definition === definition) return { id, spec }
  }
  return undefined
}

function specWarnings(model: ReturnType<typeof modelFor>): readonly Warning[] {
  if (!model)
    return [
      {
        kind: 'platform',
        text: 'CodeDeploy tells no AppSpec that brought this version: one is written with the load balancer of now, and without hooks',
      },
    ]
  const { hooks } = model.spec
  return hooks.length > 0
    ? [
        {
          kind: 'platform',
          text: `the functions at ${hooks.join(', ')} of that version’s AppSpec are asked again, and may end it`,
        },
      ]
    : []
}

/** It had its traffic, and what brings it again waits for a word that no undo gives. */
function undoWarnings(seen: Seen, from: string): readonly Warning[] {
  const { newest, group } = seen
  if (!newest || !isInFlight(newest) || !waitsForWord(group) || !isShifted(seen, newest)) return []
  const left = waitMinutes(group)
  const until = left === undefined ? '' : ` within ${left} min, or CodeDeploy stops it`
  return [
    {
      kind: 'platform',
      text: `an undo brings ${from} by a deployment that waits before its first traffic: somebody has it go on in CodeDeploy${until}`,
    },
  ]
}

/** One more first, where CodeDeploy would take a deployment that is under way back to another version than the wanted one; one more last, where a new deployment waits for a word before it gets traffic. */
function stepsOf(
  { spec, workload }: Checked<CodeDeployTarget>,
  seen: Seen,
  from: string,
  goal: string,
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
  const change = (
    left: string,
    wanted: string,
    undoes: boolean,
    ready?: 'settles' | 'goes_on',
  ): CodeDeployChange => ({
    kind: 'go_back',
    ...at,
    from: left,
    to: wanted,
    after,
    like: modelFor(seen, wanted)?.id ?? null,
    undoes,
    ...(ready ? { ready } : {}),
  })
  const deployed = (left: string): readonly Step[] => {
    const name = `${goal} deployed`
    if (!waitsForWord(seen.group))
      return [step(name, change(left, to, false), change(to, left, true))]
    const goOn: CodeDeployChange = { kind: 'go_on', ...at, to, deployment: null, after }
    return [
      step(name, change(left, to, false, 'settles'), change(to, left, true, 'goes_on')),
      step(`traffic sent to ${goal}`, goOn, change(to, left, true, 'settles')),
    ]
  }
  const taken = `deployment of ${from} taken back`
  const isUnderWay = newest !== undefined && isInFlight(newest)
  // What had no traffic yet is where it stood when it waits again.
  const stands =
    isUnderWay && waitsForWord(seen.group) && !isShifted(seen, newest) ? 'settles' : undefined
  if (isUnderWay && back !== undefined && back !== to) {
    const { deploymentId: deployment } = newest
    return [
      step(taken, { kind: 'halt', ...at, deployment, back }, change(back, asked, true, stands)),
      ...deployed(back),
    ]
  }
  return isUnderWay
    ? [step(taken, change(asked, to, false), change(to, asked, true, stands))]
    : deployed(asked)
}

/** Nothing is taken back by itself: that would bring the bad version back. */
const step = (name: string, change: CodeDeployChange, undo: CodeDeployChange): Step => ({
  name,
  change,
  undo,
  settles: 'tasks',
  onFailure: 'ask',
})

function howText(seen: Seen, to: string, name: string, creates: boolean): string {
  const { newest, service } = seen
  const count = `${service.desiredCount} ${service.desiredCount === 1 ? 'task' : 'tasks'}`
  const shifted =
    newest && isShifted(seen, newest) ? 'traffic goes back to tasks that run still' : count
  const created = `CodeDeploy deploys ${shortName(to)} again${waitsForWord(seen.group) ? ', and is told to send traffic there when it waits for that' : ''}`
  if (!newest || !isInFlight(newest))
    return `${created} · ${count}, all traffic at once when they are healthy`
  return creates
    ? `stop the deployment in CodeDeploy, then ${created} · ${count}`
    : `stop the deployment in CodeDeploy, and have it go back to ${name} · ${shifted}`
}
