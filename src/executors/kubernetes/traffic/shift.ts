import { z } from 'zod'
import { isSameJson } from '#domain/json.ts'
import { NeedsPerson, NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import { type KubernetesApi, type PatchOperation, pause } from '../api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import type { Metadata } from '../objects.ts'
import { operationAnnotation } from '../precondition.ts'
import { runningRevision } from '../revision.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf, KubernetesTarget, WeightedTraffic } from '../schema.ts'
import { readWorkload } from '../workload.ts'
import {
  type Division,
  shareOf,
  Undivided,
  weightOperations,
  weightsOf,
  weightsText,
} from './division.ts'
import { divisionIn, readDivision, resourceOf, routePath } from './read.ts'
import { anotherVersion, isAnother, readinessOf, whyNoMore } from './readiness.ts'

type SetWeights = ChangeOf<'set_weights'>

const attempts = 6
const lookEveryMs = 500

/**
 * Writes all weights of the route in one guarded change, once, however often it is called: what somebody has written since is left so.
 * Throws `Superseded` when they are neither as they were planned for nor as they shall be, or what gets more requests has no ready pod or
 * another version, and `NotAllowed` when the cluster refuses; nothing was changed then. `NeedsPerson` when what was taken back is another by now.
 */
export async function shiftTraffic(
  api: KubernetesApi,
  change: SetWeights,
  operation: string,
  signal: AbortSignal,
): Promise<void> {
  const { target, weights, expect } = change
  const traffic = trafficOf(target)
  const mark = markOf(change, operation)
  let refusedAt: number | undefined
  for (let attempt = 1; ; attempt += 1) {
    const [division, another] = await Promise.all([
      present(api, change, signal),
      anotherCanary(api, change, signal),
    ])
    const now = weightsOf(division)
    const isThere = isSameJson(now, weights)
    if (division.metadata.annotations?.[operationAnnotation] === mark) {
      // A step is looked at afterwards, what is taken back is not.
      if (isThere || !change.undoes) return
      throw new NeedsPerson(`${othersWeights(division)}, after they had been put back`)
    }
    if (another !== undefined) throw new Superseded(another)
    if (isThere) return
    if (!expect.some((one) => isSameJson(one, now)))
      throw new Superseded(
        `the weights of ${division.title} are not as they were when this was planned: ${weightsText(now)}`,
      )
    const closed = await whyNoMore(api, change, division, signal)
    if (closed !== undefined) throw new Superseded(closed)
    try {
      const operations = [
        ...weightOperations(division, weights),
        ...marking(division.metadata, mark),
      ]
      const path = routePath(target, traffic)
      const answer = await api.patch(path, operations, z.unknown(), { fieldManager }, signal)
      const written = weightsOf(divisionIn(answer, traffic))
      if (isSameJson(written, weights)) return
      throw new Error(
        `the cluster wrote ${weightsText(written)} instead of ${weightsText(weights)}`,
      )
    } catch (error) {
      const { generation } = division.metadata
      // A failed test and a bad patch are the same 422; only if nothing moved meanwhile it is the patch.
      const isRefusal = hasCode(error, 422) && refusedAt === generation
      const isWorthAgain = hasCode(error, 404, 409, 422) || isUnknownOutcome(error)
      if (isRefusal || !isWorthAgain) throw asRefusal(error, traffic)
      if (attempt >= attempts) throw error
      if (hasCode(error, 422)) refusedAt = generation
      await pause(api.waits.retryMs * attempt, signal)
    }
  }
}

function asRefusal(error: unknown, traffic: WeightedTraffic): unknown {
  if (!(error instanceof ApiFailure)) return error
  return new NotAllowed('patch', resourceOf(traffic), { why: error.message, cause: error })
}

async function present(
  api: KubernetesApi,
  { target, routeUid }: SetWeights,
  signal: AbortSignal,
): Promise<Division> {
  const division = await readDivision(api, target, trafficOf(target), signal).catch(
    (error: unknown) => {
      throw error instanceof Undivided ? new Superseded(error.message, { cause: error }) : error
    },
  )
  if (division.metadata.uid !== routeUid)
    throw new Superseded(`${division.title} was deleted and made again`)
  return division
}

/** What was decided for one version of the canary is not done to another: why it is not that one, if it is not. */
async function anotherCanary(
  api: KubernetesApi,
  { target, canary: { deployment, uid, revision } }: SetWeights,
  signal: AbortSignal,
): Promise<string | undefined> {
  const beside = { ...target, kind: 'deployment', name: deployment } as const
  const found = await readWorkload(api, beside, signal)
  if (!found) return `${deployment} is gone`
  if (found.metadata.uid !== uid) return `${deployment} was deleted and made again`
  return runningRevision(found) === revision ? undefined : anotherVersion(deployment)
}

/**
 * Looks whether the weights stand, for the canary they were planned for, whether a gateway that says so has taken them in, and
 * whether the pods that now get the requests stay ready for as long as the step asks. In percent of the requests that the stable version gets.
 */
export async function* shifting(
  api: KubernetesApi,
  change: SetWeights,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const { target, weights, holdSeconds } = change
  let steadySince: number | undefined
  for (;;) {
    const seen = await Promise.all([
      present(api, change, signal),
      anotherCanary(api, change, signal),
      holdSeconds > 0 ? whyNotSteady(api, change, signal) : undefined,
    ]).catch((error: unknown) => {
      if (error instanceof Superseded) return error
      if (error instanceof Error && isUnknownOutcome(error)) return undefined
      throw error
    })
    if (seen instanceof Superseded) {
      yield { kind: 'failed', message: seen.message, ready: 0, wanted: 100 }
      return
    }
    if (seen === undefined)
      yield { kind: 'moving', ready: 0, wanted: 100, note: `${target.cluster} does not answer` }
    else {
      const [division, another, unsteady] = seen
      const ready = Math.round(shareOf(division, 'stable'))
      const at = { ready, wanted: 100 } as const
      const now = weightsOf(division)
      if (!isSameJson(now, weights)) {
        // Only whoever has read this has it made once more, on these weights and no others.
        const again = { ...change, expect: [now], again: (change.again ?? 0) + 1 }
        yield { kind: 'failed', message: othersWeights(division), again, ...at }
        return
      }
      if (another !== undefined) {
        yield { kind: 'failed', message: another, ...at }
        return
      }
      if (unsteady !== undefined) {
        yield { kind: 'failed', message: `${unsteady} at ${ready} % of the requests`, ...at }
        return
      }
      const isSteady = division.pending === undefined
      steadySince = isSteady ? (steadySince ?? performance.now()) : undefined
      if (steadySince !== undefined && performance.now() - steadySince >= holdSeconds * 1_000) {
        yield { kind: 'settled', ...at }
        return
      }
      yield {
        kind: 'moving',
        ...at,
        note: division.pending ?? `${target.name} is watched for ${holdSeconds} s at ${ready} %`,
      }
    }
    await pause(lookEveryMs, signal).catch(() => undefined)
    if (signal.aborted) return
  }
}

/** In words, where some of the pods that get the requests are not ready, or are to be of another version by now. */
async function whyNotSteady(
  api: KubernetesApi,
  change: SetWeights,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { name } = change.target
  const { ready, wanted, revision } = await readinessOf(api, change.target, signal)
  if (isAnother(change, revision)) return anotherVersion(name)
  if (wanted === undefined) return `there are no pods of ${name}`
  return ready < wanted ? `only ${ready} of ${wanted} pods are ready of ${name}` : undefined
}

const othersWeights = (division: Division): string =>
  `somebody else changed the weights of ${division.title}: ${weightsText(weightsOf(division))}`

const markOf = ({ weights, again }: SetWeights, operation: string): string =>
  `${operation} weights ${weightsText(weights)}${again === undefined ? '' : `, made again ${again}`}`

export function trafficOf({ name, traffic }: KubernetesTarget): WeightedTraffic {
  if (!traffic) throw new Error(`${name} has no traffic to shift`)
  return traffic
}

function marking({ annotations }: Metadata, mark: string): readonly PatchOperation[] {
  return annotations
    ? [
        {
          op: 'add',
          path: `/metadata/annotations/${operationAnnotation.replace('/', '~1')}`,
          value: mark,
        },
      ]
    : [{ op: 'add', path: '/metadata/annotations', value: { [operationAnnotation]: mark } }]
}
