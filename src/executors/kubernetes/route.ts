import type { RevisionId } from '#domain/ids.ts'
import { isSameJson } from '#domain/json.ts'
import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import { type Observed, type Route, Superseded } from '#ports/executor.ts'
import { lacking, withoutRight } from './access.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { differencesBetween } from './diff.ts'
import { configWarnings } from './config.ts'
import { dryRun } from './dry-run.ts'
import { editOf } from './edit.ts'
import { liveTemplate, lookAtFlagger } from './flagger/look.ts'
import { flaggerRoute, type OwnRoute } from './flagger/route.ts'
import { standingWarnings } from './gitops/owner.ts'
import { syncOwners } from './gitops/owners.ts'
import { pausesOf } from './gitops/pauses.ts'
import type { Kept } from './kept.ts'
import { kindOf } from './kinds/index.ts'
import { paceOf } from './pace.ts'
import { revisionOf, runningRevision } from './revision.ts'
import { type Need, needsOf, resourceText } from './rights.ts'
import { KubernetesChange, type KubernetesTarget, type RawObject } from './schema.ts'
import { placeOfWay, templateChange, type Way } from './steps.ts'
import { leftBeside } from './traffic/left-beside.ts'
import { stuckPods, tagWarnings } from './warnings.ts'
import { podsOf, readClusterUid, readKept, readPods, readWorkload } from './workload.ts'

/** The way to `to`, tried out on the server without being made. Throws `Superseded` when `observed` is out of date. */
export async function route(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  observed: Observed,
  to: RevisionId,
  operation: string,
  signal: AbortSignal,
): Promise<Route> {
  const api = apiOf(parts, target.spec)
  const [workload, cluster] = await Promise.all([
    readWorkload(api, target.spec, signal),
    readClusterUid(api, signal),
  ])
  const mechanism = `${target.spec.kind}-undo` as const
  const kept = workload ? await readKept(api, target.spec, workload, signal) : []
  const flagger = await lookAtFlagger(api, target.spec, signal)
  const live =
    workload && (flagger ? liveTemplate(flagger, workload, kept) : workload.spec.template)
  if (!workload || !live || revisionOf(live) !== observed.running.id)
    throw new Superseded(`${target.spec.name} changed while the plan was made`)
  const own = kept.find(({ revision }) => revision === to)
  const template =
    own?.template ??
    ((await parts.revisions.template(target.workload, to)) as RawObject | undefined)
  const goal = [observed.running, ...observed.history].find(({ id }) => id === to)
  const blocker = earlyBlocker(observed, to, goal, template)
  if (blocker || !template) return { ...nothing, mechanism, blockers: blocker ? [blocker] : [] }

  const name = goal?.name ?? to
  const pods = await readPods(api, target.spec, workload, kept, signal)
  const plan = {
    target,
    cluster,
    workload,
    kept,
    from: observed.running,
    to,
    toName: name,
    stuck: stuckPods(target.spec, podsOf(pods, kept, observed.running.id)),
  }
  const [owners, refusals, missing, config] = await Promise.all([
    syncOwners(parts, target.spec, workload, signal),
    dryRun(
      api,
      target.spec,
      workload,
      editOf(templateChange(plan), operation, template),
      (result) => runningRevision(result) === to,
      signal,
    ),
    lacking(
      api,
      target.spec,
      needsOf(target.spec).filter((need) => need.isAskedFirst),
      signal,
    ),
    configWarnings(
      api,
      target.spec,
      { from: live, to: template, since: observed.running.since },
      signal,
    ),
  ])
  const way = flagger
    ? flaggerRoute(plan, flagger, template, {
        operation,
        isAnswered: parts.gatesOf?.(target.spec.cluster) !== undefined,
      })
    : usualRoute(plan, own, template)
  const beside = await leftBeside(parts, plan, template, operation, signal)
  const paused = pausesOf([{ place: placeOfWay(plan), owners }, ...beside.owned])
  const afterPauses = (steps: readonly Step[]) =>
    steps.length > 0 ? [...paused.steps, ...steps, ...beside.steps] : []
  const steps = afterPauses(way.steps)
  const fastest = afterPauses(way.collapse)
  const collapse = missing.some(isDelete) && fastest.some(deletesPods) ? [] : fastest
  return {
    steps,
    collapse,
    collapseHow: collapse.length > 0 ? way.collapseHow : null,
    differences: differencesBetween(
      { template: live, images: observed.running.images },
      { template, images: goal?.images ?? [] },
    ),
    warnings: [
      ...paused.warnings,
      ...beside.owned
        .flatMap((one) => one.owners.flatMap(standingWarnings))
        .filter((one) => !observed.warnings.some((other) => isSameJson(one, other))),
      ...config,
      ...tagWarnings(observed.running.images, goal?.images ?? []),
      ...way.warnings,
      ...beside.warnings,
      ...abilitiesLost(missing, [...steps, ...fastest]),
    ],
    blockers: [
      ...refusals,
      ...rightsMissing(missing, steps),
      ...way.blockers,
      ...pausesOf(beside.owned).blockers,
    ],
    ...(paused.pauses.length > 0 ? { pauses: paused.pauses } : {}),
    mechanism,
    how: [way.how, ...(beside.how === '' ? [] : [`then ${beside.how}`])].join(' · '),
    expectedMicros: way.expectedMicros + beside.expectedMicros,
  }
}

/** As the kind of workload goes about it by itself. */
function usualRoute(way: Way, own: Kept | undefined, template: RawObject): OwnRoute {
  const { target, workload, from, toName } = way
  const kind = kindOf(target.spec)
  const pace = paceOf(target.spec, workload, template)
  return {
    steps: kind.steps(way),
    collapse: kind.fastest(way),
    collapseHow: kind.fastestText(from.name),
    warnings: [],
    blockers: [],
    how: [
      own
        ? `undo to revision ${own.number}`
        : `restore ${toName} from our own record (the cluster no longer keeps it)`,
      pace.text,
    ].join(' · '),
    expectedMicros: pace.expectedMicros,
  }
}

const nothing = {
  steps: [],
  collapse: [],
  collapseHow: null,
  differences: [],
  warnings: [],
  how: '',
  expectedMicros: 0,
} as const

function earlyBlocker(
  observed: Observed,
  to: RevisionId,
  goal: Revision | undefined,
  template: RawObject | undefined,
): Blocker | undefined {
  const revision = goal?.name ?? to
  if (to === observed.running.id) return { kind: 'already_there', revision }
  return template
    ? undefined
    : {
        kind: 'target_missing',
        revision,
        why: 'the cluster no longer keeps it, and our record has no template of it',
      }
}

/** Without these the plan would begin and not end. */
const rightsMissing = (missing: readonly Need[], steps: readonly Step[]): readonly Blocker[] =>
  missing
    .filter((need) => need.weight === 'blocks' || (isDelete(need) && steps.some(deletesPods)))
    .map((need) => ({ kind: 'not_allowed', verb: need.verb, resource: resourceText(need) }))

/** Without these it ends, and something about it is less than it could be. */
const abilitiesLost = (missing: readonly Need[], steps: readonly Step[]): readonly Warning[] =>
  missing
    .filter((need) => need.weight === 'limits' && (!isDelete(need) || steps.some(deletesPods)))
    .map(withoutRight)

const isDelete = ({ verb }: Need): boolean => verb === 'delete'
const deletesPods = ({ change }: Step): boolean =>
  KubernetesChange.parse(change).kind === 'delete_pods'
