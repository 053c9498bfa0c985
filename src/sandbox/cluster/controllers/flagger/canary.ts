import { flaggerChecksum } from '#executors/kubernetes/flagger/checksum.ts'
import type { Canary, CanaryStatus } from '../../flagger-objects.ts'
import { templateHash, withoutHashLabel } from '../../template.ts'
import { type Context, stamp } from '../context.ts'
import { configHashes, targetOf } from './primary.ts'

/** What Flagger writes of a Canary, and nothing else writes. */
const messages: Readonly<Record<string, readonly [status: string, message: string]>> = {
  Initializing: ['Unknown', 'New Deployment detected, starting initialization.'],
  Initialized: ['True', 'Deployment initialization completed.'],
  Waiting: ['Unknown', 'Waiting for approval.'],
  WaitingPromotion: ['Unknown', 'Waiting for approval.'],
  Progressing: ['Unknown', 'New revision detected, progressing canary analysis.'],
  Promoting: ['Unknown', 'Canary analysis completed, starting primary rolling update.'],
  Finalising: ['Unknown', 'Canary analysis completed, routing all traffic to primary.'],
  Succeeded: ['True', 'Canary analysis completed successfully, promotion finished.'],
  Failed: ['False', 'Canary analysis failed, Deployment scaled to zero.'],
}

export const read = ({ store }: Context, { metadata }: Canary): Canary | undefined =>
  store.get('Canary', metadata.namespace ?? '', metadata.name)

export const phaseOf = ({ status }: Canary): string => status?.phase ?? ''

/** Its own name for the version in hand, as it says it at every gate. */
export const checksumOf = ({ status }: Canary): string =>
  flaggerChecksum({
    ...(status?.trackedConfigs ? { trackedConfigs: status.trackedConfigs } : {}),
    ...(status?.lastAppliedSpec === undefined ? {} : { lastAppliedSpec: status.lastAppliedSpec }),
  })

/** Changes some of its status. */
export function note(context: Context, canary: Canary, change: CanaryStatus): Canary {
  const now = read(context, canary) ?? canary
  const phase = change.phase ?? now.status?.phase ?? ''
  const [status = 'Unknown', message = ''] = messages[phase] ?? []
  const at = stamp(context)
  const isNew = now.status?.phase !== phase
  return context.store.put('Canary', {
    ...now,
    status: {
      ...now.status,
      ...change,
      lastTransitionTime: at,
      ...(isNew
        ? {
            conditions: [
              { type: 'Promoted', status, reason: phase, message, lastTransitionTime: at },
            ],
          }
        : {}),
    },
  })
}

/** Takes note of what the target asks for now. */
export function sync(context: Context, canary: Canary, phase: string): Canary {
  const lastAppliedSpec = askedHash(context, canary)
  return note(context, canary, {
    phase,
    canaryWeight: 0,
    failedChecks: 0,
    iterations: 0,
    lastAppliedSpec,
    ...(phase === 'Initialized' ? { lastPromotedSpec: lastAppliedSpec } : {}),
    trackedConfigs: configHashes(context, canary),
  })
}

/** Another phase, and what Flagger forgets with it. While it waits for the promotion it has forgotten its share. */
export function enter(context: Context, canary: Canary, phase: string): Canary {
  const keeps = phase === 'Progressing' || phase === 'Waiting' || phase === 'Promoting'
  const { iterations = 0 } = canary.spec.analysis
  const { lastAppliedSpec } = read(context, canary)?.status ?? {}
  return note(context, canary, {
    phase,
    ...(keeps
      ? {}
      : { canaryWeight: 0, iterations: phase === 'WaitingPromotion' ? iterations - 1 : 0 }),
    ...(phase === 'Succeeded' && lastAppliedSpec !== undefined
      ? { lastPromotedSpec: lastAppliedSpec }
      : {}),
  })
}

/** Going back to what was promoted last is no change to Flagger. */
export function hasChanged(context: Context, canary: Canary): boolean {
  const now = askedHash(context, canary)
  const { lastPromotedSpec, lastAppliedSpec } = canary.status ?? {}
  return now !== lastPromotedSpec && now !== lastAppliedSpec
}

const askedHash = (context: Context, canary: Canary): string => {
  const target = targetOf(context, canary)
  return target ? templateHash(withoutHashLabel(target.spec.template)) : ''
}
