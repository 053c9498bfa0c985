import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import { micros, seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed, Route } from '#ports/executor.ts'
import { changeTo, undoOf } from './change.ts'
import type { NginxParts } from './context.ts'
import { wordsFor } from './file.ts'
import { whyNotThere } from './observe.ts'
import { wayInto } from './slot-plan.ts'
import type { Division, NginxTarget } from './schema.ts'
import { idOf, nameOf, see } from './seen.ts'

/** A file, a reload, and some answers. */
export const usual = seconds(5)
/** What has stood still, until it is healthy. */
const toStart = seconds(30)

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
  const way = await wayInto(parts, target, seen, to, signal)
  if (way.kind === 'closed')
    return closedRoute(mechanism, {
      kind: 'target_missing',
      revision: idOf(other) === to ? nameOf(other) : to,
      why: way.why ?? whyNotThere(other, to),
    })
  const starts = way.kind === 'start' ? [way.step] : []
  const wanted = way.kind === 'start' ? { ...other, version: way.version } : other
  const planned = { ...seen, other: wanted }
  const tested = await parts.program.test(spec.sudo, signal)
  if (tested.code !== 0)
    return closedRoute(mechanism, {
      kind: 'refused_by_platform',
      message: `nginx would not load its configuration as it is: ${parts.scrub(tested.says)}`,
    })
  const after: Division = { serving: other.slot, canary: null }
  return {
    steps: [
      ...starts,
      {
        name: `requests brought to slot ${other.slot}, ${nameOf(wanted)}`,
        change: changeTo('divide', target, planned, after),
        undo: undoOf('divide', target, planned, after),
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
    how: [
      ...(way.kind === 'start'
        ? [
            `slot ${other.slot} is started at ${nameOf(wanted)} by Compose, and nothing is switched before it is healthy`,
          ]
        : []),
      `slot ${other.slot} is asked for its health, then nginx is given the file, tests it and loads it`,
      `slot ${newest.slot} is left running, so the way back is as short; nothing stops it by itself`,
    ].join(' · '),
    expectedMicros: way.kind === 'start' ? micros(usual + toStart) : usual,
  }
}
