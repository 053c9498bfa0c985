import { z } from 'zod'
import type { RollbackId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import type { HeldBy } from '#domain/rollback/hold.ts'
import { NotAllowed } from '#ports/executor.ts'
import { CannotHold, type Holder, type HoldOrder } from '#ports/holder.ts'
import { type KubernetesApi, pause } from './api.ts'
import { type KubernetesParts, placeOf } from './context.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from './failure.ts'
import { deployedAt, freezeKey } from './freeze-map.ts'
import { heldBy } from './held-by.ts'
import { namespaced } from './paths.ts'
import {
  holdName,
  isPoliced,
  mayStillAct,
  retryMs,
  seeHold,
  unseen,
  untilItActs,
  untilSeen,
  whyItStillActs,
} from './policy-check.ts'
import { sha256 } from './revision.ts'
import { fieldManager } from './rollout.ts'
import type { KubernetesTarget } from './schema.ts'

/** After answers that were lost. */
const attempts = 6

/**
 * Holds by a PodTemplate in the workload's own namespace: an object that nothing runs, and that the policy of `deploy/freeze.yaml`
 * compares with what somebody deploys. So templates with their values never leave the namespace.
 */
export function kubernetesHolder(parts: KubernetesParts): Holder {
  return {
    covers: (given) => isPoliced(parts, given),
    async enforce(given, order, signal) {
      const { target, api } = placeOf(parts, given)
      const by = heldBy(order.held, order.instead)
      const template =
        by.kind === 'template'
          ? await parts.revisions.template(given.workload, order.held.id)
          : nothingRuns
      if (template === undefined)
        throw new CannotHold(`the template of ${order.held.name} is not known any more`)
      const hold = holdNameOf(order.rollback)
      const [, other] = deployedAt(target)
      // By its whole template no canary is told: it has labels of its own. Of two colours either may have had it.
      if (other && (by.kind === 'image' || target.blueGreen)) {
        const beside = { hold: holdNameOf(order.rollback, other), target: other }
        await create(api, target, holdObject({ ...beside, order, by, template }), signal)
      }
      await create(api, target, holdObject({ hold, target, order, by, template }), signal)
      try {
        await untilItActs(
          api,
          (waited) => seeHold(api, target, { hold, mark: String(waited) }, signal),
          {
            what: 'hold',
            policy: holdName,
            target,
            gone: `there is no ${target.kind} ${target.name} any more`,
            cannot: (why) => new CannotHold(why),
          },
          signal,
        )
      } catch (error) {
        // Called not held, it must not be held later; nor may a hold stop a rollback back to this version.
        if (error instanceof CannotHold)
          for (const one of holdsOf(target, order.rollback)) await remove(api, target, one, signal)
        throw error
      }
      return by
    },
    async release(given, rollback, signal) {
      const { target, api } = placeOf(parts, given)
      for (const hold of holdsOf(target, rollback)) await remove(api, target, hold, signal)
      await untilItIsGone(api, target, holdNameOf(rollback), signal)
    },
  }
}

/** Ids hold letters that no name of an object may have. */
const holdNameOf = (rollback: RollbackId, beside?: KubernetesTarget): string =>
  `${holdName}-${sha256(beside ? `${rollback} ${freezeKey(beside)}` : rollback).slice('sha256:'.length, 'sha256:'.length + 16)}`

/** Of the target, and of the Deployment beside it. */
const holdsOf = (target: KubernetesTarget, rollback: RollbackId): readonly string[] => {
  const [, other] = deployedAt(target)
  return [holdNameOf(rollback), ...(other ? [holdNameOf(rollback, other)] : [])]
}

const nothingRuns: Json = { spec: { containers: [{ name: 'none', image: 'none' }] } }

function holdObject({
  hold,
  target,
  order: { rollback, words },
  by,
  template,
}: {
  readonly hold: string
  readonly target: KubernetesTarget
  readonly order: HoldOrder
  readonly by: HeldBy
  readonly template: Json
}): Json {
  return {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: {
      name: hold,
      labels: { 'countermand.dev/hold': 'on' },
      annotations: {
        'countermand.dev/rollback': rollback,
        'countermand.dev/workload': freezeKey(target),
        'countermand.dev/words': words,
        ...(by.kind === 'image'
          ? { 'countermand.dev/images': by.images.map((names) => names.join(' ')).join('\n') }
          : {}),
      },
    },
    template,
  }
}

/** One that is there already is this very one: it is named after its rollback. */
async function create(
  api: KubernetesApi,
  target: KubernetesTarget,
  object: Json,
  signal: AbortSignal,
): Promise<void> {
  const path = namespaced('v1', target, 'podtemplates')
  await insist(signal, async () => {
    try {
      await api.create(path, object, z.unknown(), { fieldManager }, signal)
    } catch (error) {
      if (hasCode(error, 409)) return
      throw error instanceof ApiFailure && !isUnknownOutcome(error)
        ? new NotAllowed('create', 'podtemplates', { why: error.message, cause: error })
        : error
    }
  })
}

async function remove(
  api: KubernetesApi,
  target: KubernetesTarget,
  hold: string,
  signal: AbortSignal,
): Promise<void> {
  const path = namespaced('v1', target, 'podtemplates', hold)
  await insist(signal, async () => {
    await api.delete(path, {}, signal).catch((error: unknown) => {
      if (!hasCode(error, 404)) throw error
    })
  })
}

/** Both can be done twice: an answer that was lost does not matter. */
async function insist(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await act()
    } catch (error) {
      if (!isUnknownOutcome(error) || attempt >= attempts) throw error
      await pause(retryMs * attempt, signal)
    }
}

async function untilItIsGone(
  api: KubernetesApi,
  target: KubernetesTarget,
  hold: string,
  signal: AbortSignal,
): Promise<void> {
  await untilSeen(
    api,
    (waited) => seeHold(api, target, { hold, mark: `gone ${waited}` }, signal).catch(unseen),
    {
      isSo: (seen) => !mayStillAct(seen),
      late: (seen) =>
        whyItStillActs(
          seen,
          `the API server goes on refusing the version in ${target.namespace} although the hold is gone`,
        ),
    },
    signal,
  )
}
