import type { RevisionId } from '#domain/ids.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Kept } from '../kept.ts'
import type { Workload } from '../objects.ts'
import { runningRevision } from '../revision.ts'
import { type FlaggerLook, inPrimary, type Primary } from './look.ts'
import { trafficShare } from './state.ts'

/** The copy that serves, and what it calls the version `to` of the target; `another` where that is not the one it asks for. */
export function copyServing(
  { primary }: FlaggerLook,
  { workload, kept }: { readonly workload: Workload; readonly kept: readonly Kept[] },
  to: RevisionId,
): (Primary & { readonly revision: RevisionId }) | 'another' {
  const template =
    runningRevision(workload) === to
      ? workload.spec.template
      : kept.find(({ revision }) => revision === to)?.template
  const own = primary && template && inPrimary(primary, template)
  if (!primary || own?.revision !== runningRevision(primary.workload)) return 'another'
  return { ...primary, revision: own.revision }
}

/** What Flagger would bring next, and what takes traffic beside the copy that serves. */
export function targetChecks(
  look: FlaggerLook,
  workload: Workload,
  to: RevisionId,
): readonly Check[] {
  const share = trafficShare(look)
  const isAsked = runningRevision(workload) === to
  const { name } = look.canary.metadata
  if (isAsked)
    return [
      {
        id: 'serving',
        result: 'passed',
        text: `Flagger (Canary ${name}) has no other version in hand`,
      },
    ]
  return [
    {
      id: 'serving',
      result: 'failed',
      text:
        share > 0
          ? `another version takes ${share} % of the traffic by Flagger (Canary ${name})`
          : `another version is asked for by now, and Flagger (Canary ${name}) would bring it`,
    },
  ]
}
