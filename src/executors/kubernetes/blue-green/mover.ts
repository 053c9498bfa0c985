import { count } from '#domain/communication/words.ts'
import { isSameJson, type Json } from '#domain/json.ts'
import type { CanaryGoal, CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { seconds } from '#domain/time.ts'
import { noLeg } from '#executors/closed.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Leg } from '#ports/promoter.ts'
import type { Mover } from '../canary/mover.ts'
import { onlyWay } from '../canary/only-way.ts'
import { promotedTemplate } from '../canary/plain-template.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { differencesBetween } from '../diff.ts'
import type { GitOpsOwner } from '../gitops/owner.ts'
import { syncOwners } from '../gitops/owners.ts'
import { once, scaledByGit, takenAwayByGit } from '../gitops/pauses.ts'
import { observe } from '../observe.ts'
import { imagesOf } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readAllPods, readClusterUid, readKept, wantedOf } from '../workload.ts'
import { asColour, type Colour, type Colours, coloursOf, coloursOrWhyNot } from './colours.ts'
import { because, formerOf, retirement } from './former.ts'
import { unseenServing, verifyServing, withoutDates } from './serving.ts'
import { whyNotNext } from './waiting.ts'
import { coloursPrecondition, growthFor, obstaclesOf, switchTo } from './ways.ts'

type Own = Checked<KubernetesTarget>

interface ColourLook {
  readonly cluster: string
  readonly found: Colours
  /** Whoever gives the colour that waits what Git has. */
  readonly scaling: readonly GitOpsOwner[]
  readonly state: CanaryState
}

/**
 * The next version waits in the colour that gets no requests, and is given all of them by one change of the Service. What served before
 * waits there as well, and is no canary: `/rollback` goes back to it.
 */
export const coloursMover = (parts: KubernetesParts): Mover => ({
  async find(target, signal) {
    const look = await lookAtColours(parts, target, signal)
    const away = () => awayLeg(target, look)
    return {
      state: look.state,
      forward: (share, _operation, inner) => forwardLeg(parts, target, look, share, inner),
      away: async () => away(),
      ways: async () => [onlyWay('canary-scale-down', away())],
      hold: () => ({ ...noLeg([]), how: 'nothing moves by itself here' }),
    }
  },
  async changedSince(target, precondition, signal) {
    const found = await coloursOrWhyNot(parts, target, signal)
    if (typeof found === 'string') return found
    const cluster = await readClusterUid(apiOf(parts, target.spec), signal)
    return isSameJson(preconditionOf(cluster, found), precondition)
      ? undefined
      : 'which of its two Deployments serves, or what one of them runs, was changed meanwhile'
  },
  verify: (target, goal, signal) => verifyColours(parts, target, goal, signal),
})

async function lookAtColours(
  parts: KubernetesParts,
  target: Own,
  signal: AbortSignal,
): Promise<ColourLook> {
  const found = await coloursOf(parts, target.spec, signal)
  const { active, idle } = found
  const ownersOf = ({ spec, workload }: Colour) => syncOwners(parts, spec, workload, signal)
  const [cluster, ofActive, ofIdle, serving, waiting, why] = await Promise.all([
    readClusterUid(apiOf(parts, target.spec), signal),
    ownersOf(active),
    ownersOf(idle),
    observe(withoutDates(parts), asColour(target, active), signal),
    observe(unseenServing(parts), asColour(target, idle), signal),
    whyNotNext({ parts, target }, found, signal),
  ])
  const isNext = why === undefined
  const own = waiting.warnings.filter(
    ({ kind }) => kind !== 'zero_replicas' && kind !== 'nothing_serving',
  )
  return {
    cluster,
    found,
    scaling: ofIdle,
    state: {
      stable: serving.running,
      canary: isNext ? waiting.running : undefined,
      share: 0,
      of: 'traffic',
      stops: [100],
      units: isNext
        ? { noun: 'pods', count: waiting.units.count, ready: waiting.units.ready }
        : { noun: 'pods', count: 0, ready: 0 },
      precondition: preconditionOf(cluster, found),
      warnings: once([
        ...serving.warnings,
        ...(isNext
          ? [
              ...own,
              ...scaledByGit(active.spec.name, ofActive),
              ...scaledByGit(idle.spec.name, ofIdle),
            ]
          : []),
      ]),
      blockers: isNext ? [...serving.blockers, ...waiting.blockers] : [unsupported(why)],
    },
  }
}

async function forwardLeg(
  parts: KubernetesParts,
  target: Own,
  { cluster, found, scaling, state }: ColourLook,
  share: number,
  signal: AbortSignal,
): Promise<Leg> {
  if (!state.canary) return noLeg([noCanary])
  if (share !== 100)
    return noLeg([
      unsupported(
        `a Service sends every request to one of two Deployments: it goes from 0 to 100 %, never to ${share} %`,
      ),
    ])
  const { active, idle, service } = found
  const blockers = [...state.blockers, ...(await obstaclesOf(parts, found, signal))]
  if (blockers.length > 0) return noLeg(blockers)
  const grown = growthFor(found, { target, cluster })
  const wanted = wantedOf(idle.spec, idle.workload)
  const kept = grown.steps.length > 0 ? takenAwayByGit(idle.spec.name, scaling, grown.pods) : []
  if (kept.length > 0) return noLeg(kept)
  const { leftover, stays } = await formerOf(parts, target, { cluster, found }, signal)
  return {
    ...noLeg([]),
    steps: [...grown.steps, switchTo(found, { target, cluster })],
    how: [
      ...(grown.steps.length > 0
        ? [`${idle.spec.name} from ${wanted} to ${count(grown.pods, 'pod')} first`]
        : []),
      `Service ${service.metadata.name} from ${active.spec.name} to ${idle.spec.name}`,
      `${active.spec.name} keeps its pods${leftover ? ' for 5 min, then goes to 0' : because(stays)}`,
    ].join(' · '),
    reaches: 100,
    expectedMicros: seconds(grown.seconds),
    differences: differencesBetween(
      { template: active.workload.spec.template, images: state.stable.images },
      {
        template: promotedTemplate(active.workload, idle.workload),
        images: imagesOf(idle.workload.spec.template),
      },
    ),
    ...(leftover ? { leftover } : {}),
  }
}

/** Nothing is sent to it, so it only loses its pods. */
function awayLeg(target: Own, { cluster, found, state }: ColourLook): Leg {
  if (!state.canary) return noLeg([noCanary])
  const { active, idle } = found
  const wanted = wantedOf(idle.spec, idle.workload)
  return {
    ...noLeg([]),
    steps: [retirement(target, cluster, found, { of: idle, selector: active.selector })],
    how: `${idle.spec.name} from ${count(wanted, 'pod')} to 0 · ${active.spec.name} gets every request, as before`,
    expectedMicros: seconds(2),
  }
}

async function verifyColours(
  parts: KubernetesParts,
  target: Own,
  goal: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const isForward = goal.share === 100
  const served = await verifyServing(parts, target, isForward ? goal.canary : goal.stable, signal)
  if (isForward) return served
  const { idle } = await coloursOf(parts, target.spec, signal)
  const api = apiOf(parts, idle.spec)
  const kept = await readKept(api, idle.spec, idle.workload, signal)
  const left = (await readAllPods(api, idle.spec, idle.workload, kept, signal)).length
  return [
    ...served,
    {
      id: 'units',
      result: left === 0 ? 'passed' : 'failed',
      text: left === 0 ? `${idle.spec.name} has no pods` : `${left} pods of ${idle.spec.name} left`,
    },
  ]
}

const preconditionOf = (cluster: string, found: Colours): Json => ({
  cluster,
  ...coloursPrecondition(found),
  pods: found.idle.workload.spec.replicas ?? 1,
})

const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })
const noCanary = unsupported('no canary is under way')
