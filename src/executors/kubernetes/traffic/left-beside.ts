import { count } from '#domain/communication/words.ts'
import type { Step, Warning } from '#domain/rollback/plan.ts'
import { seconds } from '#domain/time.ts'
import type { Leg } from '#ports/promoter.ts'
import { noLeg } from '#executors/closed.ts'
import { adoption, carryingAllOf, placeOf, scaled, startOf } from '../canary/plain-leg.ts'
import { lookAtPlain, type PlainLook, type Side } from '../canary/plain-look.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Owned } from '../gitops/pauses.ts'
import { KubernetesChange, type RawObject } from '../schema.ts'
import type { Way } from '../steps.ts'
import { wantedOf } from '../workload.ts'
import { capacityFor } from './capacity.ts'
import { type Division, shareOf, Undivided, weightsFor, weightsOf } from './division.ts'
import { unawaited } from './legs.ts'
import { readOwnDivision } from './read.ts'
import { trafficOf } from './shift.ts'
import { tryOut } from './try-out.ts'
import { weightStep } from './weight-step.ts'

type Both = PlainLook & { readonly canary: Side }
type Rest = Pick<Leg, 'steps' | 'how' | 'expectedMicros' | 'warnings'>
export interface Beside extends Rest {
  /** The canary, where something is done to it: nobody may take that back meanwhile. */
  readonly owned: readonly Owned[]
}

const nothing: Beside = { steps: [], how: '', expectedMicros: 0, warnings: [], owned: [] }

/**
 * What is left to be done about a canary beside the target once that has the good version again. Where it runs the version that is
 * left as well, a promotion was stopped on its way: requests would go on to the bad version, all of them where a route sends them
 * there. So they come back, or where nobody may write the route, the canary gets the good version, too. One of another version is
 * somebody's own and is told.
 */
export async function leftBeside(
  parts: KubernetesParts,
  way: Way,
  good: RawObject,
  operation: string,
  signal: AbortSignal,
): Promise<Beside> {
  const { spec } = way.target
  if (!spec.canary) return nothing
  const look = await lookAtPlain(parts, way.target, signal)
  if (!hasCanary(look) || look.state.canary?.id === way.to) return nothing
  if (look.state.canary?.id !== way.from.id) return told(look)
  if (!spec.traffic) return owning(look, fewer(look, way))
  const api = apiOf(parts, spec)
  const division = await readOwnDivision(api, spec, trafficOf(spec), signal).catch(
    (error: unknown) => {
      if (error instanceof Undivided) return error
      throw error
    },
  )
  if (division instanceof Undivided)
    return owning(look, sameGood(look, way, good, division.message))
  const back = requestsBack({ ...look, division }, way)
  const tried = await tryOut(api, spec, look.stable.workload)(
    // Its size is changed only when it runs the good version.
    { ...noLeg([]), steps: back.steps.filter(({ settles }) => settles === moved) },
    operation,
    signal,
  )
  return owning(
    look,
    tried.blockers.length === 0
      ? back
      : sameGood(look, way, good, `the weights of ${division.title} are not ours to write`),
  )
}

function owning({ canary, cluster }: Both, rest: Rest): Beside {
  const place = placeOf(canary, cluster)
  const isChanged = rest.steps.some(
    ({ change }) => KubernetesChange.parse(change).target.name === place.target.name,
  )
  return { ...rest, owned: isChanged ? [{ place, owners: canary.owners }] : [] }
}

const hasCanary = (look: PlainLook): look is Both => look.canary !== undefined
const moved = 'requests moved'

/** First what carries all, then every request, then the pods that get none any more. */
function requestsBack(seen: Both & { readonly division: Division }, way: Way): Rest {
  const { division, stable, canary, cluster } = seen
  const share = shareOf(division, 'canary')
  const { pods, warnings } = capacityFor(seen)
  const now = wantedOf(stable.target.spec, stable.workload)
  const grown = scaled(stable, cluster, now, pods, way.to)
  const weights = weightsFor(division, 0)
  const isOurs = division.alsoToCanary.length === 0
  return {
    steps: [
      ...grown,
      ...(share > 0
        ? [weightStep(seen, { expect: [weightsOf(division)], to: weights, serves: way.to })]
        : []),
      ...(isOurs
        ? scaled(canary, cluster, wantedOf(canary.target.spec, canary.workload), 0).map(unawaited)
        : []),
    ],
    how: [
      ...(grown.length > 0 ? [`${stable.target.spec.name} to ${count(pods, 'pod')}`] : []),
      ...(share > 0 ? [`${division.title}: canary from ${Math.round(share)} % to 0`] : []),
      ...(isOurs ? ['the canary’s pods to 0'] : []),
    ].join(' · '),
    expectedMicros: seconds((grown.length > 0 ? startOf(stable) : 0) + 1),
    warnings: [
      ...warnings,
      ...(isOurs
        ? []
        : [traffic(`${division.alsoToCanary.join(' and ')} would go on sending to the canary`)]),
    ],
  }
}

/** Where each pod has its turn, those of the canary go. */
function fewer(look: Both, way: Way): Rest {
  const { stable, canary, cluster } = look
  const all = carryingAllOf(look)
  const now = wantedOf(stable.target.spec, stable.workload)
  const grown = scaled(stable, cluster, now, all, way.to)
  return {
    steps: [...grown, ...scaled(canary, cluster, wantedOf(canary.target.spec, canary.workload), 0)],
    how: [
      ...(grown.length > 0 ? [`${stable.target.spec.name} to ${count(all, 'pod')}`] : []),
      'the canary to 0',
    ].join(' · '),
    expectedMicros: seconds(grown.length > 0 ? startOf(stable) : 0),
    warnings: [],
  }
}

/** The requests stay where they go, and find the good version there. */
function sameGood(look: Both, way: Way, template: RawObject, why: string): Rest {
  const { stable, canary, cluster } = look
  const good: Side = {
    ...stable,
    workload: { ...stable.workload, spec: { ...stable.workload.spec, template } },
  }
  const step: Step = {
    ...adoption({ stable: canary, canary: good, cluster }),
    name: `${way.toName} given to ${canary.target.spec.name}`,
  }
  return {
    steps: [step],
    how: `${canary.target.spec.name} gets ${way.toName} as well`,
    expectedMicros: seconds(startOf(canary)),
    warnings: [traffic(`the requests stay as they are divided: ${why}`)],
  }
}

const told = ({ canary, state }: Both): Beside => ({
  ...nothing,
  warnings: [
    traffic(
      `${canary.target.spec.name} goes on beside it with ${state.canary?.name ?? 'another version'}`,
    ),
  ],
})

const traffic = (text: string): Warning => ({ kind: 'traffic', text })
