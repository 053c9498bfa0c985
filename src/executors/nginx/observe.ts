import { stat } from 'node:fs/promises'
import { beganAt } from '#domain/rollback/began.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Objection, Observed } from '#ports/executor.ts'
import type { NginxParts } from './context.ts'
import { wordsFor } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { idOf, kept, nameOf, see, type Seen, type SlotSeen, templateOf } from './seen.ts'
import { wayInto } from './slot-plan.ts'

/** Each costs a question to our record at every look. */
const mostRecorded = 8

/** Who serves, by the file, and which versions the slots say they have. Writes what serves into our record. */
export async function observe(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const seen = await see(parts, target, signal)
  const { newest, other, division } = seen
  const writtenAt = fromDate((await stat(target.spec.file)).mtime)
  const began = await remember(parts, target, newest, writtenAt, signal)
  const { ok } = newest.answered
  return {
    running: {
      ...asRevision(newest, began?.at ?? writtenAt),
      ...(began?.orEarlier === false ? {} : { orEarlier: true }),
    },
    history: [
      ...(idOf(other) === idOf(newest) ? [] : [asRevision(other, writtenAt)]),
      ...(await startable(parts, target, seen)),
    ],
    objections: await objectionsOf(parts, target, seen, signal),
    precondition: { division },
    warnings: warningsOf(seen),
    blockers: blockersOf(seen),
    units: { noun: 'slots', count: 1, ready: ok ? 1 : 0 },
  }
}

/** Where nobody here can start anything. */
export const whyNotThere = (other: SlotSeen, to: RevisionId): string =>
  idOf(other) === to ? notThere(other) : `slot ${other.slot} has ${nameOf(other)} by now`

const notThere = ({ slot, answered }: SlotSeen): string =>
  `slot ${slot} ${answered.why}: start what ran there, and look again`

const asRevision = (one: SlotSeen, since: Instant): Revision => ({
  id: idOf(one),
  name: nameOf(one),
  images: [],
  since,
})

/** What else our record knows the image of: the slot that waits can be started at it. */
async function startable(
  { revisions, slots }: NginxParts,
  { workload, spec }: Checked<NginxTarget>,
  { newest, other, division }: Seen,
): Promise<readonly Revision[]> {
  if (!slots || division.canary || !spec.slots[other.slot]?.compose) return []
  const known = (await revisions.known(workload)).filter(
    ({ revision }) => revision !== idOf(newest) && revision !== idOf(other),
  )
  const all = await Promise.all(
    known
      .toSorted((a, b) => b.lastSeen - a.lastSeen)
      .slice(0, mostRecorded)
      .map(async ({ revision, name, firstSeen }) => {
        const { image } = kept(await revisions.template(workload, revision))
        return typeof image === 'string' ? { id: revision, name, images: [], since: firstSeen } : []
      }),
  )
  return all.flat()
}

/** Of the version that the other slot has or had. */
async function objectionsOf(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  seen: Seen,
  signal: AbortSignal,
): Promise<ReadonlyMap<RevisionId, Objection>> {
  const { other } = seen
  if (other.answered.ok) return new Map()
  const way = await wayInto(parts, target, seen, idOf(other), signal)
  return way.kind === 'closed'
    ? new Map([[idOf(other), { missing: way.why ?? notThere(other) }]])
    : new Map()
}

/** Which image answers, so that it can be started again later; where that is not seen now, what was seen of it before. */
async function ranIn(
  { revisions, slots }: NginxParts,
  { workload, spec }: Checked<NginxTarget>,
  { slot, answered }: SlotSeen,
  revision: RevisionId,
  signal: AbortSignal,
): Promise<{ readonly image?: string; readonly reference?: string }> {
  const at = spec.slots[slot]?.compose
  if (!at || !slots) return {}
  const now = answered.ok ? await slots.look(at, signal).catch(() => undefined) : undefined
  if (now) return { image: now.image, reference: now.reference }
  const { image, reference } = kept(await revisions.template(workload, revision))
  return typeof image === 'string' && typeof reference === 'string' ? { image, reference } : {}
}

async function remember(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  newest: SlotSeen,
  writtenAt: Instant,
  signal: AbortSignal,
) {
  if (newest.version === undefined) return undefined
  const { revisions } = parts
  const { workload } = target
  const revision = idOf(newest)
  const ran = await ranIn(parts, target, newest, revision, signal)
  const known = await revisions.known(workload)
  const began = beganAt(revision, { createdAt: writtenAt, writtenAt, others: [] }, known)
  return revisions.saw(workload, {
    revision,
    name: nameOf(newest),
    template: { ...templateOf(newest.slot, newest.version), ...ran },
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
