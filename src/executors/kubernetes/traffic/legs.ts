import { count } from '#domain/communication/words.ts'
import { isSameJson } from '#domain/json.ts'
import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import { type Micros, seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Away, Leg, Pace } from '#ports/promoter.ts'
import { noLeg } from '#executors/closed.ts'
import { onlyWay } from '../canary/only-way.ts'
import { adoption, plainAway, scaled, startOf, unsupported } from '../canary/plain-leg.ts'
import type { PlainLook, Side } from '../canary/plain-look.ts'
import { promotedRevision } from '../canary/plain-template.ts'
import { paceOf } from '../pace.ts'
import type { KubernetesTarget } from '../schema.ts'
import { wantedOf } from '../workload.ts'
import { capacityFor } from './capacity.ts'
import {
  type Division,
  shareOf,
  Undivided,
  type Weights,
  weightsFor,
  weightsOf,
} from './division.ts'
import { type Divided, weightStep } from './weight-step.ts'

type Both = PlainLook & { readonly canary: Side }

const writeSeconds = 1

/** Every way to take the canary away; what has a blocker is closed. */
export function awayWays(
  target: Checked<KubernetesTarget>,
  seen: Both & { readonly division: Division | Undivided },
  pace: Pace,
  holdSeconds: number,
): readonly Away[] {
  const { division } = seen
  if (division instanceof Undivided)
    return [
      onlyWay('mesh-reroute', noLeg([unsupported(division.message)])),
      onlyWay('canary-scale-down', noLeg([unsupported(leftSending('an unknown share'))])),
      sameVersion(seen),
    ]
  const share = shareOf(division, 'canary')
  return [
    reroute(target, { ...seen, division }, pace, holdSeconds),
    share > 0
      ? onlyWay('canary-scale-down', noLeg([unsupported(leftSending(`${Math.round(share)} %`))]))
      : division.alsoToCanary.length > 0
        ? onlyWay('canary-scale-down', noLeg([unsupported(othersSending(division))]))
        : onlyWay('canary-scale-down', plainAway(seen, pace)),
    sameVersion(seen),
  ]
}

const leftSending = (share: string): string =>
  `the route would go on sending ${share} of the requests to a canary without pods`

const othersSending = ({ alsoToCanary }: Division): string =>
  `${alsoToCanary.join(' and ')} would go on sending requests to a canary without pods`

/** The requests first, all at once or in quarters; the pods that get none any more are then taken away, and nobody waits for that. */
function reroute(
  target: Checked<KubernetesTarget>,
  seen: Divided,
  pace: Pace,
  holdSeconds: number,
): Away {
  const { division, stable, canary, cluster } = seen
  const share = shareOf(division, 'canary')
  const { pods, warnings, blockers } = capacityFor(seen)
  if (blockers.length > 0) return onlyWay('mesh-reroute', noLeg(blockers))
  const grown = scaled(stable, cluster, wantedOf(stable.target.spec, stable.workload), pods)
  const now = weightsOf(division)
  const stages = [now, ...stagesOf(division, pace)]
  const hold = pace === 'gradual' ? holdSeconds : 0
  const moves = stages
    .slice(1)
    .map((to, at) => weightStep(seen, { expect: stages.slice(at, at + 1), to, back: now, hold }))
  const wanted = wantedOf(canary.target.spec, canary.workload)
  const gone =
    division.alsoToCanary.length > 0 ? [] : scaled(canary, cluster, wanted, 0).map(unawaited)
  const atOnce = weightsFor(division, 0)
  const isStepwise = moves.length > 1
  return {
    ...noLeg([]),
    mechanism: 'mesh-reroute',
    steps: [...grown, ...moves, ...gone],
    collapse: isStepwise
      ? [weightStep(seen, { expect: stages.slice(0, -1), to: atOnce }), ...gone]
      : [],
    collapseHow: isStepwise
      ? `It sends every request to ${stable.observed.running.name} at once, without a look at its pods in between.`
      : null,
    units: { noun: '% of the requests', count: 100 },
    how: [
      ...(grown.length > 0 ? [`${target.spec.name} to ${count(pods, 'pod')} first`] : []),
      `${division.title}: canary from ${Math.round(share)} % to 0 ${isStepwise ? `in ${count(moves.length, 'step')}, pods checked for ${holdSeconds} s at each` : 'at once'}`,
      ...(gone.length > 0 ? ['then its pods to 0'] : []),
    ].join(' · '),
    expectedMicros: micros(
      grown.length > 0 ? startOf(stable) : 0,
      moves.length * (writeSeconds + hold),
    ),
    warnings: [...warnings, ...otherRoutes(division)],
  }
}

const micros = (growing: number, moving: number): Micros => seconds(growing + moving)

/** To a canary that gets nothing: at once, or by quarters, as far as whole percents tell those apart. */
function stagesOf(division: Division, pace: Pace): readonly Weights[] {
  const share = shareOf(division, 'canary')
  const now = weightsOf(division)
  const parts = pace === 'gradual' ? [0.75, 0.5, 0.25] : []
  const between = parts.map((part) => weightsFor(division, share * part))
  const last = weightsFor(division, 0)
  const isNew = (one: Weights, at: number): boolean =>
    ![now, ...between.slice(0, at), last].some((other) => isSameJson(one, other))
  return [...between.filter(isNew), last]
}

/** Without requests nobody waits for what goes; taken back, its pods are there before the requests are. */
export const unawaited = (one: Step): Step => ({
  ...one,
  name: 'canary scaled to 0',
  settles: undefined,
  undoSettles: 'pods',
})

/** The canary gets the stable version's template: its share stays, and what is behind it is good. */
function sameVersion({ stable, canary, cluster }: Both): Away {
  const to = promotedRevision(canary.workload, stable.workload)
  const leg = {
    ...noLeg([]),
    steps: [adoption({ stable: canary, canary: stable, cluster })],
  }
  const pace = paceOf(canary.target.spec, canary.workload, stable.workload.spec.template)
  return onlyWay('deployment-undo', {
    ...(canary.observed.running.id === to
      ? noLeg([unsupported('the canary runs the stable version already')])
      : leg),
    how: `${canary.target.spec.name} gets ${stable.observed.running.name} · ${pace.text}`,
    expectedMicros: pace.expectedMicros,
  })
}

const otherRoutes = ({ alsoToCanary }: Division): readonly Warning[] =>
  alsoToCanary.length === 0
    ? []
    : [
        {
          kind: 'traffic',
          text: `${alsoToCanary.join(' and ')} also ${alsoToCanary.length === 1 ? 'sends' : 'send'} requests to the canary and ${alsoToCanary.length === 1 ? 'is' : 'are'} left as ${alsoToCanary.length === 1 ? 'it is' : 'they are'}; so its pods stay`,
        },
      ]

/** To `share` percent of the requests, with the pods that this takes; 100: the stable Deployment gets the version while the canary carries all. */
export function forwardLeg(seen: Divided, share: number): Leg {
  const { division, stable, canary, cluster } = seen
  const now = wantedOf(canary.target.spec, canary.workload)
  const all = Math.max(now, wantedOf(stable.target.spec, stable.workload))
  if (share < shareOf(division, 'canary'))
    return noLeg([
      unsupported(`the canary has ${Math.round(shareOf(division, 'canary'))} % already`),
    ])
  const pods = Math.max(now, Math.ceil((all * share) / 100))
  const kept = outOfBounds(canary, pods)
  if (kept.length > 0) return noLeg(kept)
  const grown = scaled(canary, cluster, now, pods)
  const weights = weightsFor(division, share)
  const moved = isSame(weights, weightsOf(division))
    ? []
    : [weightStep(seen, { expect: [weightsOf(division)], to: weights })]
  const growing = grown.length > 0 ? startOf(canary) : 0
  if (share < 100)
    return {
      ...noLeg([]),
      steps: [...grown, ...moved],
      how: `${division.title}: canary to ${share} %${grown.length > 0 ? `, with ${count(pods, 'pod')}` : ''}`,
      reaches: share,
      expectedMicros: micros(growing, writeSeconds),
      warnings: otherRoutes(division),
    }
  if (stable.workload.spec.paused === true)
    return noLeg([unsupported(`rollouts of ${stable.target.spec.name} are paused`)])
  const pace = paceOf(stable.target.spec, stable.workload, canary.workload.spec.template)
  const to = promotedRevision(stable.workload, canary.workload)
  const isThere = to === stable.observed.running.id
  return {
    ...noLeg([]),
    steps: [
      ...grown,
      ...moved,
      ...(isThere ? [] : [adoption(seen)]),
      weightStep(seen, { expect: [weights], to: weightsFor(division, 0), serves: to }),
      ...(division.alsoToCanary.length > 0 ? [] : scaled(canary, cluster, pods, 0).map(unawaited)),
    ],
    how: `${division.title}: canary to 100 % · ${stable.target.spec.name} gets ${canary.observed.running.name} meanwhile · ${pace.text} · then all requests back to it`,
    reaches: 100,
    expectedMicros: micros(growing, 2 * writeSeconds + pace.expectedMicros / 1_000_000),
    warnings: otherRoutes(division),
  }
}

const isSame = (a: Weights, b: Weights): boolean =>
  Object.entries(a).every(([name, weight]) => b[name] === weight)

/** An autoscaler would put it back at once. */
export const outOfBounds = ({ target, observed }: Side, to: number): readonly Blocker[] =>
  observed.warnings.flatMap((warning) =>
    warning.kind === 'autoscaler' && to > warning.max
      ? [
          unsupported(
            `the autoscaler ${warning.name} keeps ${target.spec.name} at ${warning.max} pods at most, and ${to} are needed`,
          ),
        ]
      : [],
  )
