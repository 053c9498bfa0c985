import { span } from '#domain/communication/words.ts'
import type { Blocker, Difference, Step } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Leg } from '#ports/promoter.ts'
import { differencesBetween } from '../diff.ts'
import { paceOf } from '../pace.ts'
import { objectIn } from '../revision.ts'
import type { ChangeOf, KubernetesTarget } from '../schema.ts'
import { pauseStep, placeOfWay, promoteStep, resumeStep, step, type Way } from '../steps.ts'
import { absolute, countOf } from '../strategy.ts'
import { type ArgoLook, isWaiting } from './argo-look.ts'
import { type ArgoStep, type Stop, stopsOf, waitedBetween, weightAt } from './argo-steps.ts'
import { noLeg } from '#executors/closed.ts'
import { nearestPods } from './pods-for.ts'

interface Going {
  readonly look: ArgoLook
  readonly canary: Revision
  readonly way: Way
}

/** Forward to one of the shares at which its steps stop, or to its end. */
export function argoForward(target: Checked<KubernetesTarget>, look: ArgoLook, share: number): Leg {
  const { canary, state, steps, workload } = look
  const going = canary && { look, canary, way: wayOf(target, look, canary) }
  if (!going || state.blockers.length > 0) return noLeg(state.blockers)
  const ahead = stopsOf(steps ?? []).filter(({ index }) => isAhead(look, index))
  const first = ahead.find((stop) => stop.share > 0)?.share ?? 100
  if (isAborted(look) && share !== first) return noLeg([beginsAgain(going.canary, first)])
  const to = ahead.find((stop) => stop.share === share)
  if (share !== 100 && !to) return noLeg([unreachable(ahead, share)])
  const pace = paceOf(target.spec, workload, workload.spec.template)
  const waited = waitedBetween(steps ?? [], isAborted(look) ? 0 : look.index + 1, to?.index)
  const isSkipping = share === 100 && ahead.length > 0 && !isAborted(look)
  return {
    steps: [
      ...(workload.spec.paused === true ? [resumeStep(going.way, undefined)] : []),
      ...(isSkipping ? [promoteStep(going.way)] : passes(going, ahead, to)),
    ],
    how: isSkipping ? skippingText(look) : goingText(look, going.canary, share, waited),
    reaches: state.of === 'traffic' ? share : reachedBy(look, share),
    expectedMicros: pace.expectedMicros + (isSkipping ? 0 : seconds(waited)),
    differences: differencesOf(look),
    warnings: [],
    blockers: [],
  }
}

/** What the canary has that the stable version has not. */
function differencesOf({ workload, kept, stable, canary }: ArgoLook): readonly Difference[] {
  const before = kept.find(({ revision }) => revision === stable.id)?.template
  if (!before || !canary) return []
  return differencesBetween(
    { template: before, images: stable.images },
    { template: workload.spec.template, images: canary.images },
  )
}

/** Stops what moves by itself; where it waits for somebody already, there is nothing to stop. */
export function argoHold(target: Checked<KubernetesTarget>, look: ArgoLook): Leg {
  const { canary, workload, steps, index, state } = look
  const resting = { ...noLeg([]), reaches: state.share }
  if (isAborted(look)) return { ...resting, how: 'nothing moves: it was aborted' }
  if (!canary || workload.spec.paused === true) return { ...resting, how: 'nothing moves' }
  const at = steps?.[index]
  const waitsForSomebody = at?.kind === 'pause' && at.seconds === undefined
  if (isWaiting(workload) && (waitsForSomebody || !steps))
    return { ...resting, how: 'it waits for somebody already' }
  return {
    ...resting,
    steps: [pauseStep(wayOf(target, look, canary))],
    how: `its rollout is paused at ${state.share} %`,
  }
}

const wayOf = (
  target: Checked<KubernetesTarget>,
  { cluster, workload, kept, stable }: ArgoLook,
  canary: Revision,
): Way => ({
  target,
  cluster,
  workload,
  kept,
  from: stable,
  to: canary.id,
  toName: canary.name,
  stuck: [],
})

/** Where it waits already it goes on from; where it was held on its way it may still come to the stop of this very step. What was aborted has all before it. */
function isAhead(look: ArgoLook, index: number): boolean {
  if (isAborted(look)) return true
  return isWaiting(look.workload) ? index > look.index : index >= look.index
}

const isAborted = ({ workload }: ArgoLook): boolean => workload.status.abort === true

/** No gate on its way is left out because it was there once. */
const beginsAgain = ({ name }: Revision, first: number): Blocker => ({
  kind: 'unsupported',
  why: `${name} was aborted; retried, it begins again and comes to ${first} % first`,
})

/** One step for every stop, so that what is passed is what was waited for. */
function passes(going: Going, ahead: readonly Stop[], to: Stop | undefined): readonly Step[] {
  const { workload, steps, index } = going.look
  if (!steps && isAborted(going.look)) return retryThenPass(going)
  const until = to ? ahead.slice(0, ahead.indexOf(to) + 1) : [...ahead, undefined]
  return until.map((stop, at) => {
    const isFirst = at === 0
    if (isFirst && isAborted(going.look))
      return passStep(going, stop, {
        index: null,
        pauses: null,
        clears: 'abort',
        abortedAt: workload.status.abortedAt ?? null,
      })
    const from = isFirst ? index : (until[at - 1]?.index ?? index)
    return passStep(going, stop, {
      index: steps ? from : null,
      pauses: isFirst ? (workload.status.pauseConditions ?? []) : null,
      clears: isFirst ? cleared(going.look) : 'pause',
    })
  })
}

/** By blue-green it comes up beside what serves and waits there as before; only then it gets the requests. Where nothing has it wait, the second has nothing left to do. */
function retryThenPass(going: Going): readonly Step[] {
  const { abortedAt = null } = going.look.workload.status
  const at = { index: null, pauses: null }
  return [
    passStep(going, undefined, { ...at, clears: 'abort', abortedAt }),
    passStep(going, undefined, { ...at, clears: 'pause' }),
  ]
}

function cleared({ workload, steps }: ArgoLook): ChangeOf<'pass_pause'>['clears'] {
  if (!isWaiting(workload)) return 'nothing'
  const { currentStepAnalysisRunStatus } = objectIn(objectIn(workload.raw.status)['canary'])
  const isInconclusive = objectIn(currentStepAnalysisRunStatus)['status'] === 'Inconclusive'
  return steps && isInconclusive ? 'inconclusive' : 'pause'
}

function passStep(
  { look, canary, way }: Going,
  stop: Stop | undefined,
  from: Pick<ChangeOf<'pass_pause'>, 'index' | 'pauses' | 'clears' | 'abortedAt'>,
): Step {
  const place = placeOfWay(way)
  return step({
    name: passName(canary, stop?.share ?? 100, from.clears === 'abort', look.steps === undefined),
    change: {
      kind: 'pass_pause',
      ...place,
      to: canary.id,
      hash: look.workload.status.currentPodHash ?? '',
      ...from,
      until: stop?.index ?? null,
    },
    undo: { kind: 'nothing', ...place },
    settles: 'pods',
  })
}

const passName = (
  { name }: Revision,
  share: number,
  isRetry: boolean,
  isBlueGreen: boolean,
): string => {
  if (isRetry && isBlueGreen) return `${name} retried beside what serves`
  return `${name} ${isRetry ? 'retried' : 'went on'} to ${share} %`
}

function unreachable(ahead: readonly Stop[], share: number) {
  const shares = [...new Set([...ahead.map((stop) => stop.share), 100])]
  return {
    kind: 'unsupported',
    why: `its rollout does not stop at ${share} % from here; it stops at ${shares.join(', ')} %`,
  } as const
}

const goingText = (look: ArgoLook, { name }: Revision, share: number, waited: number): string =>
  [
    ...(isAborted(look) ? ['its aborted rollout is retried'] : []),
    isAborted(look) && !look.steps
      ? `${name} comes up beside what serves, then it gets every request`
      : share === 100
        ? `${name} goes through the steps that are left`
        : `${name} goes on to ${share} %`,
    ...(waited > 0 ? [`waits ${span(seconds(waited))} on its way by its own steps`] : []),
  ].join(' · ')

/** What a promotion in full leaves out. */
function skippingText({ steps = [], index }: ArgoLook): string {
  const left = steps.slice(index + 1)
  const analyses = left.filter(({ kind }: ArgoStep) => kind === 'analysis').length
  const stops = left.filter(({ kind }) => kind === 'pause').length
  const skipped = [
    ...(stops > 0 ? [`${stops} ${stops === 1 ? 'pause' : 'pauses'}`] : []),
    ...(analyses > 0 ? [`${analyses} ${analyses === 1 ? 'analysis' : 'analyses'}`] : []),
  ]
  return `promoted in full; ${skipped.join(' and ')} left out`
}

/** Without anything that divides the traffic, a share is one of pods. */
function reachedBy({ workload, steps = [] }: ArgoLook, share: number): number {
  const { replicas = 1 } = workload.spec
  if (share === 100 || replicas === 0) return share
  const { maxSurge = '25%' } = objectIn(objectIn(workload.raw.spec['strategy'])['canary'])
  const surge = absolute(countOf(maxSurge), replicas, Math.ceil)
  const { canary, all } = nearestPods(replicas, weightAt(steps, indexOf(steps, share)), surge > 0)
  return Math.round((100 * canary) / all)
}

const indexOf = (steps: readonly ArgoStep[], share: number): number =>
  stopsOf(steps).find((stop) => stop.share === share)?.index ?? steps.length
