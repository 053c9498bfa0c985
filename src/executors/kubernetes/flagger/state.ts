import type { Json } from '#domain/json.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import { configReferences } from '../references.ts'
import { runningRevision } from '../revision.ts'
import type { FlaggerLook } from './look.ts'
import { stopsOf } from './stops.ts'

/** What an approver should know of where Flagger stands. */
export function flaggerWarnings({ canary, phase, primary }: FlaggerLook): readonly Warning[] {
  const name = canary.metadata.name
  const share = trafficShare({ canary, phase })
  const copies = [...configReferences(primary?.workload.spec.template ?? {})].filter((reference) =>
    reference.endsWith('-primary'),
  )
  return [
    ...(isAtRest(phase) ? [] : [{ kind: 'flagger_phase', name, phase, share } as const]),
    ...(canary.spec.suspend === true ? [{ kind: 'flagger_suspended', name } as const] : []),
    ...(copies.length > 0 ? [{ kind: 'copied_config', names: copies } as const] : []),
  ]
}

/**
 * Percent of the traffic that Flagger gives the version it tries. While it waits for the promotion, and when it promotes after that,
 * its status says 0, and the traffic stays where it was: at the last step.
 */
export function trafficShare({ canary, phase }: Pick<FlaggerLook, 'canary' | 'phase'>): number {
  const { canaryWeight = 0 } = canary.status ?? {}
  if (phase === 'Progressing') return canaryWeight
  const isAtLast = phase === 'WaitingPromotion' || phase === 'Promoting'
  return isAtLast ? canaryWeight || (stopsOf(canary).at(-1) ?? 0) : 0
}

const isAtRest = (phase: string): boolean => phase === 'Succeeded' || phase === 'Initialized'

/** Why nothing is to be done to it now, whatever the version. */
export function flaggerBlockers({
  canary,
  phase,
  isTrying,
  primary,
}: FlaggerLook): readonly Blocker[] {
  const name = `the Canary ${canary.metadata.name}`
  const why = (): string | undefined => {
    if (!primary || phase === 'Initializing' || phase === '')
      return `Flagger is still setting ${name} up, and the copy that is to serve is not there yet; ask again once its phase is Initialized`
    if (phase.startsWith('Terminat')) return `${name} is being deleted; ask again once it is gone`
    if (canary.spec.skipAnalysis === true && isTrying)
      return `${name} has skipAnalysis: true, so Flagger promotes the new version the next time it looks, and asks at no gate before; ask again once it is promoted, and it is taken back from there`
    return undefined
  }
  const said = why()
  return said === undefined ? [] : [{ kind: 'unsupported', why: said }]
}

/** What of it must still be so when a plan begins: the version that is tried, and what serves. */
export const flaggerPrecondition = ({
  canary,
  phase,
  isTrying,
  checksum,
  primary,
}: FlaggerLook): Json => ({
  uid: canary.metadata.uid,
  stage: isTrying ? 'tries' : phase === 'Waiting' ? 'waits' : 'rests',
  checksum: isTrying ? checksum : null,
  serves: primary ? runningRevision(primary.workload) : null,
})
