import type { CanaryGoal } from '#domain/promotion/canary.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Checked } from '#executors/define-executor.ts'
import { NotAllowed } from '#ports/executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { KubernetesTarget } from '../schema.ts'
import { endpointCheck, verify } from '../verify.ts'
import { isReady, wantedOf } from '../workload.ts'
import { lookAtPlain, type PlainLook, readyOf, sharedServices, type Side } from './plain-look.ts'

/** Asserts that both serve and the canary has its share of the pods; or that it has none left, and only the stable Deployment serves. */
export async function verifyPlain(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  goal: CanaryGoal,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const look = await lookAtPlain(parts, target, signal)
  if (goal.share === 0 || goal.share === 100) {
    const served = await verify(parts, target, goal.share === 0 ? goal.stable : goal.canary, signal)
    return [...served, goneCheck(look)]
  }
  if (!look.canary) return [goneCheck(look, 'failed')]
  return [
    unitsCheck(look.canary),
    unitsCheck(look.stable),
    servingCheck(look, goal),
    ...(await endpointChecks(parts, target.spec, look, signal)),
  ]
}

function goneCheck({ canary }: PlainLook, ifGone: Check['result'] = 'passed'): Check {
  const left = canary?.pods.length ?? 0
  return left === 0
    ? { id: 'units', result: ifGone, text: 'the canary has no pods' }
    : { id: 'units', result: 'failed', text: `${left} pods of the canary left` }
}

/** In every Service that sends to both. */
async function endpointChecks(
  parts: KubernetesParts,
  target: KubernetesTarget,
  { stable, canary }: PlainLook,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  if (!canary) return []
  const api = apiOf(parts, target)
  const ready = [...stable.pods, ...canary.pods].filter(isReady)
  try {
    const names = await sharedServices(api, target, stable.workload, canary.workload, signal)
    return await Promise.all(names.map((name) => endpointCheck(api, target, name, ready, signal)))
  } catch (error) {
    if (!(error instanceof NotAllowed)) throw error
    return [{ id: 'endpoints', result: 'unknown', text: `endpoints unknown: ${error.message}` }]
  }
}

export function unitsCheck(side: Side): Check {
  const { target, workload } = side
  const wanted = wantedOf(target.spec, workload)
  const ready = readyOf(side)
  return {
    id: 'units',
    result: wanted > 0 && ready === wanted && side.pods.length === wanted ? 'passed' : 'failed',
    text: `${ready}/${wanted} pods of ${target.spec.name} ready`,
  }
}

/** A share of pods is right when no pod more or less would come nearer to it. */
export function servingCheck({ state, stable, canary }: PlainLook, goal: CanaryGoal): Check {
  const failed = (text: string): Check => ({ id: 'serving', result: 'failed', text })
  if (state.canary?.id !== goal.canary.id) return failed('the canary is another version by now')
  if (state.stable.id !== goal.stable.id) return failed('the stable version is another one by now')
  const own = canary ? readyOf(canary) : 0
  const all = own + readyOf(stable)
  const text = `the canary has ${own} of ${all} pods, about ${state.share} %`
  const onePod = all === 0 ? 0 : 100 / all
  return Math.abs(state.share - goal.share) <= onePod + 1
    ? { id: 'serving', result: 'passed', text }
    : failed(`${text} instead of ${goal.share} %`)
}
