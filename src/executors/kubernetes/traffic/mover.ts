import { isSameJson } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Found, Mover } from '../canary/mover.ts'
import { noLeg } from '#executors/closed.ts'
import { plainChangedSince } from '../canary/plain-changed-since.ts'
import { lookAtPlain } from '../canary/plain-look.ts'
import { rememberCanary } from '../canary/remember.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { KubernetesTarget } from '../schema.ts'
import { shareOf, Undivided, weightsOf, weightsText } from './division.ts'
import { awayWays, forwardLeg } from './legs.ts'
import { readDivision, readOwnDivision } from './read.ts'
import { RoutedPrecondition } from './precondition.ts'
import { trafficOf } from './shift.ts'
import { tryOut } from './try-out.ts'
import { verifyTraffic } from './verify.ts'

type Own = Checked<KubernetesTarget>

/** How long the stable pods must stay ready at each step of a gradual way. */
const usualHold = 10

/** A canary Deployment whose share of the requests is what a route gives it, whatever pods there are. */
export const trafficMover = (parts: KubernetesParts): Mover => ({
  find: (target, signal) => find(parts, target, signal),
  async changedSince(target, precondition, signal) {
    const { route, plain } = RoutedPrecondition.parse(precondition)
    const [changed, now] = await Promise.all([
      plainChangedSince(parts, target, plain, signal),
      routeNow(parts, target, signal),
    ])
    if (changed !== undefined) return changed
    if (typeof now === 'string') return now
    if (now.uid !== route?.uid) return `${now.title} was deleted and made again`
    return isSameJson(route.weights, now.weights)
      ? undefined
      : `the weights of ${now.title} were changed from ${weightsText(route.weights)} to ${weightsText(now.weights)} meanwhile`
  },
  verify: (target, goal, signal) => verifyTraffic(parts, target, goal, signal),
})

async function find(parts: KubernetesParts, target: Own, signal: AbortSignal): Promise<Found> {
  const api = apiOf(parts, target.spec)
  const [look, division] = await Promise.all([
    lookAtPlain(parts, target, signal),
    readOwnDivision(api, target.spec, trafficOf(target.spec), signal).catch(asUndivided),
  ])
  const { stable, canary } = look
  const own: CanaryState = {
    ...look.state,
    of: 'traffic',
    share:
      division instanceof Undivided ? look.state.share : Math.round(shareOf(division, 'canary')),
    precondition: {
      plain: look.state.precondition,
      route:
        division instanceof Undivided
          ? null
          : { uid: division.metadata.uid, weights: weightsOf(division) },
    },
    warnings: [
      ...stable.observed.warnings,
      ...(canary?.observed.warnings ?? []).filter(({ kind }) => kind !== 'gitops_owner'),
      ...(division instanceof Undivided ? [] : division.warnings),
    ],
    // That one Service selects both is nothing that a route needs.
    blockers: [
      ...stable.observed.blockers,
      ...(canary?.observed.blockers ?? []),
      ...(canary ? [] : [unsupported('no canary is under way')]),
      ...(division instanceof Undivided ? [unsupported(division.message)] : []),
    ],
  }
  const tried = tryOut(api, target.spec, stable.workload)
  const ways: Found['ways'] = async (pace, operation, inner) => {
    if (!canary) return []
    await rememberCanary(parts, target, look)
    const all = awayWays(
      target,
      { ...look, canary, division },
      pace,
      parts.holdSeconds ?? usualHold,
    )
    return Promise.all(
      all.map(async (way) => ({ ...way, ...(await tried(way, operation, inner)) })),
    )
  }
  return {
    state: own,
    async forward(share, operation, inner) {
      if (!canary || division instanceof Undivided || own.blockers.length > 0)
        return noLeg(own.blockers)
      return tried(forwardLeg({ ...look, canary, division }, share), operation, inner)
    },
    async away(pace, operation, inner) {
      const open = await ways(pace, operation, inner)
      return open.find(({ blockers }) => blockers.length === 0) ?? open[0] ?? noLeg(own.blockers)
    },
    ways,
    hold: () => ({ ...noLeg([]), how: 'nothing moves by itself here', reaches: own.share }),
  }
}

/** The route as it is, or why it says nothing. */
async function routeNow(parts: KubernetesParts, { spec }: Own, signal: AbortSignal) {
  const read = readDivision(apiOf(parts, spec), spec, trafficOf(spec), signal)
  const division = await read.catch(asUndivided)
  if (division instanceof Undivided) return division.message
  return { uid: division.metadata.uid, title: division.title, weights: weightsOf(division) }
}

function asUndivided(error: unknown): Undivided {
  if (error instanceof Undivided) return error
  throw error
}

const unsupported = (why: string): Blocker => ({ kind: 'unsupported', why })
