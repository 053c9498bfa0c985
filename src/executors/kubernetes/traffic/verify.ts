import type { CanaryGoal } from '#domain/promotion/canary.ts'
import { isSameJson } from '#domain/json.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import { lookAtPlain } from '../canary/plain-look.ts'
import { unitsCheck } from '../canary/plain-verify.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { KubernetesTarget } from '../schema.ts'
import { verify } from '../verify.ts'
import {
  type Division,
  shareOf,
  Undivided,
  weightsFor,
  weightsOf,
  weightsText,
} from './division.ts'
import { readDivision } from './read.ts'
import { trafficOf } from './shift.ts'

/**
 * Asserts that the route gives each version what it shall have, and that what gets requests is the right version and ready.
 * A canary whose share is gone may still have pods on their way out; one that runs the stable version by now keeps its share.
 */
export async function verifyTraffic(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  goal: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const [look, division] = await Promise.all([
    lookAtPlain(parts, target, signal),
    readDivision(apiOf(parts, target.spec), target.spec, trafficOf(target.spec), signal).catch(
      (error: unknown) => {
        if (error instanceof Undivided) return error
        throw error
      },
    ),
  ])
  const serving = goal.share === 100 ? goal.canary : goal.stable
  const isStable = look.state.stable.id === serving.id
  const isSame = look.state.canary?.id === serving.id
  const isLeft = (look.canary?.pods.length ?? 0) > 0
  return [
    unitsCheck(look.stable),
    {
      id: 'serving',
      result: isStable ? 'passed' : 'failed',
      text: isStable
        ? `${target.spec.name} runs ${look.state.stable.name}`
        : `${target.spec.name} runs another version by now: ${look.state.stable.name}`,
    },
    requestsCheck(division, goal, isSame),
    ...(look.canary && !isGone(goal) ? [unitsCheck(look.canary)] : []),
    // While its pods go, a Service that selects both has them among its endpoints.
    ...(isLeft
      ? []
      : (await verify(parts, target, serving, signal)).filter(({ id }) => id === 'endpoints')),
  ]
}

const isGone = ({ share }: CanaryGoal): boolean => share === 0 || share === 100

function requestsCheck(division: Division | Undivided, goal: CanaryGoal, isSame: boolean): Check {
  const check = (result: Check['result'], text: string): Check => ({ id: 'serving', result, text })
  if (division instanceof Undivided) return check('failed', division.message)
  const share = shareOf(division, 'canary')
  const wanted = isGone(goal) ? 0 : goal.share
  const text = `${division.title}: ${weightsText(weightsOf(division))}`
  if (division.pending !== undefined) return check('unknown', `${text}; ${division.pending}`)
  if (isGone(goal) && isSame) return check('passed', `${text}; both run the same version`)
  return isSameJson(weightsFor(division, share), weightsFor(division, wanted))
    ? check('passed', text)
    : check('failed', `${text} instead of ${wanted} % for the canary`)
}
