import type { RevisionId } from '#domain/ids.ts'
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
import { isPausing, pauseWarnings } from './gitops/owner.ts'
import { syncOwners } from './gitops/owners.ts'
import { kindOf } from './kinds/index.ts'
import { paceOf } from './pace.ts'
import { runningRevision } from './revision.ts'
import { type Need, needsOf, resourceText } from './rights.ts'
import { KubernetesChange, type KubernetesTarget, type RawObject } from './schema.ts'
import { pauseSyncStep, templateChange } from './steps.ts'
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
  if (!workload || runningRevision(workload) !== observed.running.id)
    throw new Superseded(`${target.spec.name} changed while the plan was made`)
  const mechanism = `${target.spec.kind}-undo` as const
  const kept = await readKept(api, target.spec, workload, signal)
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
      { from: workload.spec.template, to: template, since: observed.running.since },
      signal,
    ),
  ])
  const kind = kindOf(target.spec)
  const pausing = owners.filter(isPausing)
  const pauses = pausing.map((owner) => pauseSyncStep(plan, owner))
  const steps = [...pauses, ...kind.steps(plan)]
  const ownFastest = kind.fastest(plan)
  const fastest = ownFastest.length > 0 ? [...pauses, ...ownFastest] : []
  const collapse = missing.some(isDelete) ? [] : fastest
  const pace = paceOf(target.spec, workload, template)
  return {
    steps,
    collapse,
    collapseHow: collapse.length > 0 ? kind.fastestText(observed.running.name) : null,
    differences: differencesBetween(
      { template: workload.spec.template, images: observed.running.images },
      { template, images: goal?.images ?? [] },
    ),
    warnings: [
      ...pausing.flatMap(pauseWarnings),
      ...config,
      ...tagWarnings(observed.running.images, goal?.images ?? []),
      ...abilitiesLost(missing, [...steps, ...fastest]),
    ],
    blockers: [...refusals, ...rightsMissing(missing, steps)],
    ...(pausing.length > 0 ? { pauses: pausing.map(({ tool, name }) => ({ tool, name })) } : {}),
    mechanism,
    how: [
      own
        ? `undo to revision ${own.number}`
        : `restore ${name} from our own record (the cluster no longer keeps it)`,
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
