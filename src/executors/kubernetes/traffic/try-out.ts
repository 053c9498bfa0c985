import { z } from 'zod'
import type { Blocker } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import type { Leg } from '#ports/promoter.ts'
import type { KubernetesApi } from '../api.ts'
import { noLeg } from '#executors/closed.ts'
import { dryRun } from '../dry-run.ts'
import { editOf } from '../edit.ts'
import { ApiFailure } from '../failure.ts'
import type { Workload } from '../objects.ts'
import { fieldManager } from '../rollout.ts'
import { type ChangeOf, KubernetesChange, type KubernetesTarget } from '../schema.ts'
import { weightOperations } from './division.ts'
import { readDivision, resourceOf, routePath } from './read.ts'
import { trafficOf } from './shift.ts'

/** Sends the first change of the weights, and of the stable Deployment's size, for a dry run: what forbids those forbids the rest. */
export const tryOut =
  (api: KubernetesApi, target: KubernetesTarget, stable: Workload) =>
  async (leg: Leg, operation: string, signal: AbortSignal): Promise<Leg> => {
    const changes = leg.steps.map(({ change }) => KubernetesChange.parse(change))
    const weights = changes.find((change) => change.kind === 'set_weights')
    const replicas = changes.find(
      (change) => change.kind === 'set_replicas' && change.target.name === target.name,
    )
    const refusals = await Promise.all([
      weights?.kind === 'set_weights' ? tryWeights(api, weights, signal) : [],
      replicas?.kind === 'set_replicas'
        ? dryRun(
            api,
            target,
            stable,
            editOf(replicas, operation, {}),
            ({ spec }) => spec.replicas === replicas.replicas,
            signal,
          )
        : [],
    ])
    const blockers = [...leg.blockers, ...refusals.flat()]
    return refusals.flat().length > 0 ? { ...leg, ...noLeg(blockers) } : leg
  }

async function tryWeights(
  api: KubernetesApi,
  { target, weights }: ChangeOf<'set_weights'>,
  signal: AbortSignal,
): Promise<readonly Blocker[]> {
  const traffic = trafficOf(target)
  const division = await readDivision(api, target, traffic, signal)
  const operations = weightOperations(division, weights)
  const query = { fieldManager, dryRun: 'All' }
  try {
    await api.patch(routePath(target, traffic), operations, z.unknown(), query, signal)
    return []
  } catch (error) {
    if (error instanceof NotAllowed)
      return [{ kind: 'not_allowed', verb: 'patch', resource: resourceOf(traffic) }]
    if (error instanceof ApiFailure && error.code < 500)
      return [{ kind: 'refused_by_platform', message: error.message }]
    throw error
  }
}
