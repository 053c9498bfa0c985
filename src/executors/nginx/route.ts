import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import { seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed, Route } from '#ports/executor.ts'
import { changeTo, undoOf } from './change.ts'
import type { NginxParts } from './context.ts'
import { wordsFor } from './file.ts'
import { notThere } from './observe.ts'
import type { Division, NginxTarget } from './schema.ts'
import { idOf, nameOf, see } from './seen.ts'

/** A file, a reload, and some answers. */
export const usual = seconds(5)

/** Of every reload. */
export const openConnections: Warning = {
  kind: 'traffic',
  text: 'connections that are open stay with nginx’s former workers until they end; a client may see one of them cut',
}

/** All requests to the other slot, which must be well. Tests nginx's configuration as it is; changes nothing. */
export async function route(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  _observed: Observed,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Route> {
  const { spec } = target
  const seen = await see(parts, target, signal)
  const { newest, other, division } = seen
  const mechanism = division.canary ? 'nginx-canary' : 'slot-switch'
  if (idOf(other) !== to)
    return closedRoute(mechanism, {
      kind: 'target_missing',
      revision: to,
      why: `slot ${other.slot} has ${nameOf(other)} by now`,
    })
  if (!other.answered.ok)
    return closedRoute(mechanism, {
      kind: 'target_missing',
      revision: nameOf(other),
      why: notThere(other),
    })
  const tested = await parts.program.test(spec.sudo)
  if (tested.code !== 0)
    return closedRoute(mechanism, {
      kind: 'refused_by_platform',
      message: `nginx would not load its configuration as it is: ${parts.scrub(tested.says)}`,
    })
  const after: Division = { serving: other.slot, canary: null }
  return {
    steps: [
      {
        name: `requests brought to slot ${other.slot}, ${nameOf(other)}`,
        change: changeTo('divide', target, seen, after),
        undo: undoOf('divide', target, seen, after),
        settles: 'answers',
        onFailure: 'undo',
      },
    ],
    collapse: [],
    collapseHow: null,
    differences: [
      {
        what: 'other',
        where: `nginx upstream ${spec.upstream}`,
        from: wordsFor(division),
        to: wordsFor(after),
      },
    ],
    warnings: [openConnections],
    blockers: [],
    mechanism,
    how: `slot ${other.slot} is asked for its health, then nginx is given the file, tests it and loads it · slot ${newest.slot} is left running, so the way back is as short`,
    expectedMicros: usual,
  }
}
