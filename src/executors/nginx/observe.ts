import { stat } from 'node:fs/promises'
import { beganAt } from '#domain/rollback/began.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Observed } from '#ports/executor.ts'
import type { NginxParts } from './context.ts'
import { wordsFor } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { idOf, nameOf, see, type Seen, type SlotSeen, templateOf } from './seen.ts'

/** Who serves, by the file, and which versions the slots say they have. Writes what serves into our record. */
export async function observe(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const seen = await see(parts, target, signal)
  const { newest, other, division } = seen
  const writtenAt = fromDate((await stat(target.spec.file)).mtime)
  const began = await remember(parts, target, newest, writtenAt)
  const { ok } = newest.answered
  return {
    running: {
      ...asRevision(newest, began?.at ?? writtenAt),
      ...(began?.orEarlier === false ? {} : { orEarlier: true }),
    },
    history: idOf(other) === idOf(newest) ? [] : [asRevision(other, writtenAt)],
    objections: other.answered.ok
      ? new Map()
      : new Map([[idOf(other), { missing: notThere(other) }]]),
    precondition: { division },
    warnings: warningsOf(seen),
    blockers: blockersOf(seen),
    units: { noun: 'slots', count: 1, ready: ok ? 1 : 0 },
  }
}

export const notThere = ({ slot, answered }: SlotSeen): string =>
  `slot ${slot} ${answered.why}: start what ran there, and look again`

const asRevision = (one: SlotSeen, since: Instant): Revision => ({
  id: idOf(one),
  name: nameOf(one),
  images: [],
  since,
})

async function remember(
  { revisions }: NginxParts,
  { workload }: Checked<NginxTarget>,
  newest: SlotSeen,
  writtenAt: Instant,
) {
  if (newest.version === undefined) return undefined
  const revision = idOf(newest)
  const known = await revisions.known(workload)
  const began = beganAt(revision, { createdAt: writtenAt, writtenAt, others: [] }, known)
  return revisions.saw(workload, {
    revision,
    name: nameOf(newest),
    template: templateOf(newest.slot, newest.version),
    running: true,
    healthy: newest.answered.ok,
    servedMicros: 0,
    digests: {},
    ...(began ? { began } : {}),
  })
}

function warningsOf({ division, newest }: Seen): readonly Warning[] {
  return [
    ...(newest.answered.ok ? [] : [{ kind: 'nothing_serving' as const }]),
    ...(division.canary
      ? [{ kind: 'traffic' as const, text: `requests are divided: ${wordsFor(division)}` }]
      : []),
  ]
}

/** Which version answers must be told apart, or nobody could say afterwards whether the switch was made. */
const blockersOf = ({ newest, other }: Seen): readonly Blocker[] =>
  newest.answered.ok && newest.version !== undefined && newest.version === other.version
    ? [
        {
          kind: 'unsupported',
          why: `both slots say they are ${nameOf(newest)}: there is nothing else to switch to`,
        },
      ]
    : []
