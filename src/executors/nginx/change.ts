import type { Checked } from '#executors/define-executor.ts'
import { wantedSlot } from './file.ts'
import type { Division, NginxChange, NginxTarget } from './schema.ts'
import { idOf, nameOf, type Seen } from './seen.ts'

/** From how requests are divided to another division. */
export const changeTo = (
  kind: NginxChange['kind'],
  target: Checked<NginxTarget>,
  seen: Seen,
  after: Division,
): NginxChange => change(kind, target, seen, { before: seen.division, after, undoes: false })

/** Takes such a change back. */
export const undoOf = (
  kind: NginxChange['kind'],
  target: Checked<NginxTarget>,
  seen: Seen,
  after: Division,
): NginxChange => change(kind, target, seen, { before: after, after: seen.division, undoes: true })

function change(
  kind: NginxChange['kind'],
  { spec, workload }: Checked<NginxTarget>,
  { newest, other }: Seen,
  move: Pick<NginxChange, 'before' | 'after' | 'undoes'>,
): NginxChange {
  const isToNewest = wantedSlot(move.after) === newest.slot
  const [leaves, brings] = isToNewest ? [other, newest] : [newest, other]
  return {
    kind,
    target: spec,
    workload,
    ...move,
    from: idOf(leaves),
    to: idOf(brings),
    name: nameOf(brings),
  }
}
