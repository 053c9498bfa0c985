import { count } from '#domain/communication/words.ts'
import type { Blocker, Step } from '#domain/rollback/plan.ts'
import { type Micros, seconds } from '#domain/time.ts'
import type { Leg, Pace } from '#ports/promoter.ts'
import { differencesBetween } from '../diff.ts'
import { paceOf, secondsToReady } from '../pace.ts'
import { conditionOf } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf } from '../schema.ts'
import { step } from '../steps.ts'
import { wantedOf } from '../workload.ts'
import { coarseness } from './coarseness.ts'
import { noLeg } from '#executors/closed.ts'
import type { PlainLook, Side } from './plain-look.ts'
import { carryingAll, podsFor, shareOfPods } from './plain-share.ts'
import { promotedRevision, promotedTemplate } from './plain-template.ts'

type Both = PlainLook & { readonly canary: Side }

/** What grows comes before what shrinks, so that there are never fewer pods than carry all of the traffic. */
export function plainForward(look: PlainLook, share: number): Leg {
  if (!hasCanary(look) || look.state.blockers.length > 0) return noLeg(look.state.blockers)
  if (share === 100) return inFull(look)
  const now = wantedPods(look)
  const all = carryingAll(now)
  const to = podsFor(all, share)
  if (all === 0) return noLeg([unsupported(`${look.stable.target.spec.name} is scaled to 0`)])
  if (to.canary < now.canary || to.stable > now.stable)
    return noLeg([
      unsupported(
        `the canary has ${now.canary} of ${count(now.canary + now.stable, 'pod')} already; ${share} % would be fewer`,
      ),
    ])
  const kept = [...outOfBounds(look.stable, to.stable), ...outOfBounds(look.canary, to.canary)]
  if (kept.length > 0) return noLeg(kept)
  const steps = [
    ...scaled(look.canary, look.cluster, now.canary, to.canary),
    ...scaled(look.stable, look.cluster, now.stable, to.stable),
  ]
  const reaches = shareOfPods(to)
  return {
    ...noLeg([]),
    steps,
    how: `${to.canary} of ${count(to.canary + to.stable, 'pod')}, about ${reaches} %`,
    reaches,
    expectedMicros: steps.length === 0 ? 0 : seconds(steps.length * startOf(look.canary)),
    warnings: coarseness(share, to.canary, to.canary + to.stable),
  }
}

/** The stable Deployment gets the version, by its own strategy, while the canary goes on; then the canary has nothing left to do. */
function inFull(look: Both): Leg {
  const { stable, canary, cluster } = look
  const now = wantedPods(look)
  const all = carryingAll(now)
  if (stable.workload.spec.paused === true)
    return noLeg([unsupported(`rollouts of ${stable.target.spec.name} are paused`)])
  if (all === 0) return noLeg([unsupported(`${stable.target.spec.name} is scaled to 0`)])
  const [syncing] = stable.syncing
  if (syncing)
    return noLeg([
      unsupported(
        `${syncing.tool} (${syncing.name}) brings ${stable.target.spec.name} what Git has, and would take the version back; put ${canary.observed.running.name} into Git instead`,
      ),
    ])
  const template = promotedTemplate(stable.workload, canary.workload)
  const pace = paceOf(stable.target.spec, stable.workload, template)
  const isThere = promotedRevision(stable.workload, canary.workload) === stable.observed.running.id
  return {
    ...noLeg([]),
    steps: [
      ...(isThere ? [] : [adoption(look)]),
      ...scaled(
        stable,
        cluster,
        now.stable,
        all,
        promotedRevision(stable.workload, canary.workload),
      ),
      ...scaled(canary, cluster, now.canary, 0),
    ],
    how: `${stable.target.spec.name} gets ${canary.observed.running.name} · ${pace.text} · then the canary goes to 0`,
    reaches: 100,
    expectedMicros: pace.expectedMicros,
    differences: differencesBetween(
      { template: stable.workload.spec.template, images: stable.observed.running.images },
      { template, images: canary.observed.running.images },
    ),
  }
}

/** Drained in a few steps, or at once; before that the stable version has what carries all. */
export function plainAway(look: PlainLook, pace: Pace): Leg {
  if (!hasCanary(look)) return noLeg([unsupported('no canary is under way')])
  const { stable, canary, cluster } = look
  const now = wantedPods(look)
  const grown = scaled(stable, cluster, now.stable, carryingAll(now))
  const stops = pace === 'gradual' ? quarters(now.canary) : [0]
  const shrunk = stops.flatMap((to, at) =>
    scaled(canary, cluster, at === 0 ? now.canary : (stops[at - 1] ?? 0), to),
  )
  const first =
    grown.length > 0
      ? `${stable.target.spec.name} back to ${count(carryingAll(now), 'pod')} first · `
      : ''
  return {
    ...noLeg([]),
    steps: [...grown, ...shrunk],
    how: `${first}canary from ${now.canary} to 0 ${pace === 'gradual' ? `in ${count(stops.length, 'step')}` : 'at once'}`,
    expectedMicros: micros(grown.length > 0 ? startOf(stable) : 0, shrunk.length),
  }
}

/** An autoscaler would put it back at once; it leaves alone what asks for no pod. */
const outOfBounds = ({ target, observed }: Side, to: number): readonly Blocker[] =>
  observed.warnings.flatMap((warning) =>
    warning.kind === 'autoscaler' && (to < warning.min || to > warning.max)
      ? [
          unsupported(
            `the autoscaler ${warning.name} keeps ${target.spec.name} between ${warning.min} and ${warning.max} pods, and ${to} is wanted`,
          ),
        ]
      : [],
  )

/** A quarter of it at a time, each drained before the next. */
const quarters = (pods: number): readonly number[] => [
  ...new Set([3, 2, 1, 0].map((left) => Math.floor((pods * left) / 4))),
]

const drainSeconds = 2
const micros = (growing: number, drains: number): Micros => seconds(growing + drains * drainSeconds)
export const startOf = ({ workload }: Side): number =>
  secondsToReady(workload.spec.template) + (workload.spec.minReadySeconds ?? 0)

const hasCanary = (look: PlainLook): look is Both => look.canary !== undefined

export const carryingAllOf = (look: Both): number => carryingAll(wantedPods(look))

export const wantedPods = ({ stable, canary }: Both) => ({
  stable: wantedOf(stable.target.spec, stable.workload),
  canary: wantedOf(canary.target.spec, canary.workload),
})

export const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })

/** `whileAt`: the version that it must ask for by then. */
export function scaled(
  { target, workload }: Side,
  cluster: string,
  from: number,
  to: number,
  whileAt = runningRevision(workload),
): readonly Step[] {
  if (from === to) return []
  const change = {
    kind: 'set_replicas',
    ...placeOf({ target, workload }, cluster),
    whileAt,
    from,
    replicas: to,
  } as const satisfies ChangeOf<'set_replicas'>
  return [
    step({
      name: `${target.spec.name} scaled to ${to}`,
      change,
      // Drained in several steps it may have as many yet as before the first of them.
      undo: {
        ...change,
        from: to,
        replicas: from,
        ...(to < from ? { orMore: true as const } : {}),
      },
      settles: 'pods',
    }),
  ]
}

export function adoption({
  stable,
  canary,
  cluster,
}: Pick<Both, 'stable' | 'canary' | 'cluster'>): Step {
  const to = promotedRevision(stable.workload, canary.workload)
  const change = {
    kind: 'set_template',
    ...placeOf(stable, cluster),
    to,
    expect: conditionOf(stable.workload),
    follow: true,
    like: {
      deployment: canary.target.spec.name,
      uid: canary.workload.metadata.uid,
      revision: runningRevision(canary.workload),
    },
  } as const satisfies ChangeOf<'set_template'>
  const { like: _, ...back } = change
  return step({
    name: `${canary.observed.running.name} given to ${stable.target.spec.name}`,
    change,
    undo: { ...back, to: stable.observed.running.id, expect: { revision: to } },
    settles: 'pods',
  })
}

export const placeOf = ({ target, workload }: Pick<Side, 'target' | 'workload'>, cluster: string) =>
  ({
    target: target.spec,
    workload: target.workload,
    cluster,
    uid: workload.metadata.uid,
  }) as const
