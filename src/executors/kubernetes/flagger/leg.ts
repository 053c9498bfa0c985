import type { FlaggerGate } from '#domain/flagger/gates.ts'
import { count } from '#domain/communication/words.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Leg } from '#ports/promoter.ts'
import { noLeg } from '#executors/closed.ts'
import { differencesBetween } from '../diff.ts'
import { paceOf } from '../pace.ts'
import type { ChangeOf, KubernetesChange, KubernetesTarget } from '../schema.ts'
import type { FlaggerCanaryLook } from './canary-look.ts'
import { intervalOf } from './interval.ts'
import type { FlaggerLook } from './look.ts'
import { stopsOf } from './stops.ts'

type Opening = ChangeOf<'open_gates'>['openings'][number]

interface Going {
  readonly target: Checked<KubernetesTarget>
  readonly look: FlaggerCanaryLook
  readonly flagger: FlaggerLook
  readonly canary: Revision
  readonly operation: string
  /** Of Flagger's own, until it has come there. */
  readonly looks: number
}

/** Forward to a share at which Flagger stops, or to its end: each gate is opened as often as it takes, and for this version. */
export function flaggerForward(
  target: Checked<KubernetesTarget>,
  look: FlaggerCanaryLook,
  share: number,
  operation: string,
): Leg {
  const { canary, flagger, state, workload } = look
  if (!canary || !flagger || state.blockers.length > 0) return noLeg(state.blockers)
  const stops = stopsOf(flagger.canary)
  if (share !== 100 && !stops.includes(share)) return noLeg([unreachable(stops, share)])
  const isWaiting = flagger.phase === 'Waiting'
  const ahead = stops.filter((stop) => stop > state.share && stop <= share).length
  const pace = paceOf(target.spec, workload, workload.spec.template)
  const looks = (isWaiting ? 2 : 0) + ahead + (share === 100 ? 5 : 0)
  const going = { target, look, flagger, canary, operation, looks }
  return {
    steps: [
      ...(isWaiting ? [begunStep(going)] : []),
      ...(share === 100
        ? [promotedStep(going, stops.length > 0)]
        : [shareStep(going, share, ahead)]),
    ],
    how: [
      share === 100
        ? `Flagger promotes ${canary.name}`
        : `Flagger gives ${canary.name} ${share} % of the traffic`,
      `about ${count(looks, 'look')} of its own`,
    ].join(' · '),
    reaches: share,
    expectedMicros: looks * intervalOf(flagger.canary) + pace.expectedMicros,
    differences: differencesOf(look, canary),
    warnings: [],
    blockers: [],
  }
}

/** Nothing is to be done: a gate that nobody opens stops it where it stands. */
export function flaggerHold({ state, canary }: FlaggerCanaryLook): Leg {
  if (state.blockers.length > 0) return noLeg(state.blockers)
  return {
    ...noLeg([]),
    how: canary ? `its gates stay shut, at ${state.share} %` : 'nothing moves',
    reaches: state.share,
  }
}

const begunStep = (going: Going): Step =>
  gateStep(going, {
    name: `${going.canary.name} begun by Flagger`,
    checksum: going.flagger.checksum,
    openings: [{ gate: 'confirm-rollout', times: 1 }],
    goal: 'begun',
  })

const shareStep = (going: Going, share: number, times: number): Step =>
  gateStep(going, {
    name: `${share} % given to ${going.canary.name}`,
    checksum: checksumFor(going),
    openings: [{ gate: 'confirm-traffic-increase', times: Math.max(1, times) }],
    goal: share,
  })

const promotedStep = (going: Going, isByTraffic: boolean): Step =>
  gateStep(going, {
    name: `${going.canary.name} promoted by Flagger`,
    checksum: checksumFor(going),
    openings: [
      ...(isByTraffic ? [anyTimes('confirm-traffic-increase')] : []),
      anyTimes('confirm-promotion'),
    ],
    goal: 100,
  })

const anyTimes = (gate: FlaggerGate): Opening => ({ gate, times: null })

/** Before it begins Flagger has no name for it. */
const checksumFor = ({ flagger }: Going): string | null =>
  flagger.isTrying ? flagger.checksum : null

function gateStep(
  { target, look: { cluster, workload }, flagger, canary, operation, looks }: Going,
  own: Pick<ChangeOf<'open_gates'>, 'checksum' | 'openings' | 'goal'> & { readonly name: string },
): Step {
  const { name, checksum, openings, goal } = own
  const gated = {
    target: target.spec,
    workload: target.workload,
    cluster,
    uid: workload.metadata.uid,
    canary: { name: flagger.canary.metadata.name, uid: flagger.canary.metadata.uid },
    to: canary.id,
    checksum,
    by: `${operation} ${goal}`,
  } as const
  // As long as the move is waited for: a gate that shuts on the way stops it there for good.
  const lastsMicros = Math.max(Math.max(20, 3 * looks) * intervalOf(flagger.canary), 600_000_000)
  return {
    name,
    change: {
      kind: 'open_gates',
      ...gated,
      openings,
      lastsMicros,
      goal,
    } satisfies KubernetesChange,
    undo: { kind: 'shut_gates', ...gated } satisfies KubernetesChange,
    settles: 'Flagger',
    undoSettles: null,
    onFailure: 'ask',
  }
}

const unreachable = (stops: readonly number[], share: number) =>
  ({
    kind: 'unsupported',
    why:
      stops.length > 0
        ? `Flagger does not stop at ${share} %; its Canary has ${stops.join(', ')} and 100 %`
        : 'Flagger tries this version beside the traffic: it is promoted in full, or not',
  }) as const

const differencesOf = (
  { workload, kept, stable }: FlaggerCanaryLook,
  canary: Revision,
): Leg['differences'] => {
  const before = kept.find(({ revision }) => revision === stable.id)?.template
  return before
    ? differencesBetween(
        { template: before, images: stable.images },
        { template: workload.spec.template, images: canary.images },
      )
    : []
}
