import type { RevisionId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { PausingOwner } from './gitops/owner.ts'
import { rawStrategy } from './edit.ts'
import type { Kept } from './kept.ts'
import type { Workload } from './objects.ts'
import { conditionOf } from './precondition.ts'
import { objectIn } from './revision.ts'
import type { ChangeOf, KubernetesChange, KubernetesTarget } from './schema.ts'

export interface Way {
  readonly target: Checked<KubernetesTarget>
  readonly cluster: string
  readonly workload: Workload
  readonly kept: readonly Kept[]
  readonly from: Revision
  readonly to: RevisionId
  readonly toName: string
  readonly stuck: readonly { readonly name: string; readonly uid: string }[]
}

/** The one workload that a change is meant for. */
export type Place = Pick<ChangeOf<'set_paused'>, 'target' | 'workload' | 'cluster' | 'uid'>

/** From the bad version to the good one: the template, then what keeps it from taking effect. */
export function rollbackSteps(way: Way): readonly Step[] {
  const resume = way.workload.spec.paused === true
  const free = way.stuck.length > 0
  return [
    templateStep(way, resume || free ? undefined : 'pods'),
    ...(resume ? [resumeStep(way, 'pods')] : []),
    ...(free ? [freeStep(way)] : []),
  ]
}

/** The template, and that pods follow it; the rest is to see that they do so at once. */
export const beginSteps = (way: Way): readonly Step[] => [
  templateStep(way, undefined),
  ...(way.workload.spec.paused ? [resumeStep(way, 'pods')] : []),
]

export function openStep(way: Way): Step {
  const back = usualStrategy(way)
  const { strategy: usual, instead: open } = back
  return step({
    name: 'strategy opened to all at once',
    change: { ...back, whileAt: way.to, strategy: open, instead: usual },
    undo: back,
  })
}

export const restoreStrategyStep = (way: Way): Step =>
  step({
    name: 'strategy put back',
    change: usualStrategy(way),
    undo: { kind: 'nothing', ...placeOfWay(way) },
  })

const usualStrategy = (way: Way): ChangeOf<'set_strategy'> => ({
  kind: 'set_strategy',
  ...placeOfWay(way),
  whileAt: null,
  strategy: objectIn(rawStrategy(way.workload)),
  instead: {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: '100%', maxUnavailable: '100%' },
  },
})

/** What the dry run sends too. */
export function templateChange(
  way: Way,
  follow = way.workload.spec.paused !== true,
): ChangeOf<'set_template'> {
  const expect = conditionOf(way.workload)
  return { kind: 'set_template', ...placeOfWay(way), to: way.to, expect, follow }
}

/** `isFollowedBack`: whether the version that was left comes out again by its template alone, when this is taken back. */
export function templateStep(
  way: Way,
  settles: string | undefined,
  isFollowedBack = way.workload.spec.paused !== true,
): Step {
  const change = templateChange(way, settles !== undefined)
  return step({
    name: 'template restored',
    change,
    undo: {
      ...change,
      to: way.from.id,
      expect: { revision: way.to },
      follow: isFollowedBack,
    },
    settles,
  })
}

export function resumeStep(way: Way, settles: string | undefined): Step {
  const change = { kind: 'set_paused', ...placeOfWay(way), to: way.to, paused: false } as const
  return step({
    name: 'rollout resumed',
    change,
    undo: { ...change, paused: true },
    settles,
  })
}

/** Nothing of it moves by itself afterwards; what runs goes on. */
export function pauseStep(way: Way): Step {
  const change = { kind: 'set_paused', ...placeOfWay(way), to: way.to, paused: true } as const
  return step({ name: 'rollout paused', change, undo: { ...change, paused: false } })
}

/** So that nobody brings back what Git has; taken back last, when what Git has is there again. `beside`: what else of it the plan changes. */
export function pauseSyncStep(
  place: Place,
  { name, syncs: { pause } }: PausingOwner,
  beside: readonly Place[],
): Step {
  const all =
    pause.kind === 'set_sync' && beside.length > 0
      ? { ...pause, beside: beside.map(({ target, uid }) => ({ target, uid })) }
      : pause
  return step({
    name: `sync of ${name} paused`,
    change: { ...all, ...place, paused: true },
    undo: { ...all, ...place, paused: false },
  })
}

/** Takes the traffic away from what is in progress; its template stays asked for. */
export function abortStep(way: Way): Step {
  const change = {
    kind: 'set_aborted',
    ...placeOfWay(way),
    whileAt: way.from.id,
    aborted: true,
  } as const
  return step({
    name: `${way.from.name} aborted`,
    change,
    undo: { ...change, aborted: false },
  })
}

export const promoteStep = (way: Way): Step =>
  step({
    name: `${way.toName} promoted in full`,
    change: { kind: 'promote_full', ...placeOfWay(way), to: way.to },
    undo: { kind: 'nothing', ...placeOfWay(way) },
    settles: 'pods',
  })

function freeStep(way: Way): Step {
  const pods = way.stuck.map(({ name, uid }) => ({ name, uid }))
  return step({
    name: `stuck ${pods.length === 1 ? 'pod' : 'pods'} ${pods.map(({ name }) => name).join(', ')} deleted`,
    change: { kind: 'delete_pods', ...placeOfWay(way), to: way.to, pods, graceSeconds: null },
    undo: { kind: 'nothing', ...placeOfWay(way) },
    settles: 'pods',
  })
}

/** `graceSeconds`: as the pods' own template says where it is null. */
export function removeStep(way: Way, graceSeconds: number | null): Step {
  return step({
    name: `pods of ${way.from.name} removed`,
    change: { kind: 'delete_pods', ...placeOfWay(way), to: way.to, pods: 'others', graceSeconds },
    undo: { kind: 'nothing', ...placeOfWay(way) },
    settles: 'pods',
  })
}

export function placeOfWay({ target, cluster, workload }: Way): Place {
  return {
    target: target.spec,
    workload: target.workload,
    cluster,
    uid: workload.metadata.uid,
  }
}

/** Nothing is taken back by itself: that would bring the bad version back. Where people do, its pods are waited for as well. */
export function step(own: {
  readonly name: string
  readonly change: KubernetesChange
  readonly undo: KubernetesChange
  readonly settles?: string | undefined
}): Step {
  const { undo } = own
  const undoSettles = undo.kind === 'set_template' && undo.follow ? 'pods' : null
  return { settles: undefined, ...own, undoSettles, onFailure: 'ask' }
}
