import type { RevisionId } from '#domain/ids.ts'
import type { Step, Warning } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import { SlotService } from '#executors/compose/schema.ts'
import type { InSlot } from '#executors/compose/slots.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import type { NginxParts } from './context.ts'
import type { NginxTarget, SlotChange } from './schema.ts'
import { idOf, kept, nameOf, type Seen, type SlotSeen } from './seen.ts'
import { revisionOf, versionName } from './ask.ts'

/** How the slot to go back to comes to have the wanted version: it has it, it is started at it, or it cannot be. */
export type Way =
  | { readonly kind: 'there' }
  | { readonly kind: 'start'; readonly version: string; readonly step: Step }
  | { readonly kind: 'closed'; readonly why: string | undefined }

/** Looks what there is to start a slot with; changes nothing. `why` is absent where nobody here can start anything, and says so where Docker does not answer. */
export async function wayInto(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  seen: Seen,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Way> {
  try {
    return await wayBy(parts, target, seen, to, signal)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { kind: 'closed', why: parts.scrub(error.message) }
  }
}

async function wayBy(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  { other, division }: Seen,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Way> {
  const { slot, answered } = other
  if (idOf(other) === to && answered.ok) return { kind: 'there' }
  const at = target.spec.slots[slot]?.compose
  if (!at || !parts.slots) return { kind: 'closed', why: undefined }
  if (division.canary && idOf(other) !== to)
    return { kind: 'closed', why: `slot ${slot} gets requests, beside the canary` }
  const ran = kept(await parts.revisions.template(target.workload, to))
  const { version } = ran
  const now = await parts.slots.look(at, signal)
  const parsed = SlotService.safeParse({
    target: at,
    image: ran.image,
    reference: ran.reference,
    name: typeof version === 'string' ? versionName(version) : '',
    scale: Math.max(1, now?.count ?? 1),
  })
  if (!parsed.success || typeof version !== 'string' || revisionOf(version) !== to)
    return {
      kind: 'closed',
      why: `which image that was is not on record: start it in slot ${slot}`,
    }
  const why = await parts.slots.whyNotStartable(parsed.data, signal)
  if (why !== undefined) return { kind: 'closed', why }
  const change = slotChange('start', target, other, parsed.data, version)
  const isStopped = !now || now.running === 0
  return {
    kind: 'start',
    version,
    step: {
      name: `slot ${slot} started at ${parsed.data.name}`,
      change,
      undo: isStopped
        ? { ...change, does: 'stop' }
        : {
            ...change,
            version: other.version ?? version,
            service: {
              ...parsed.data,
              image: now.image,
              reference: now.reference,
              name: nameOf(other),
            },
          },
      settles: 'slot',
      undoSettles: isStopped ? null : 'slot',
      onFailure: 'undo',
    },
  }
}

/** How long the way back to a slot that is well waits for Docker, which it does not need. */
const longestLook = 3_000

interface Kept {
  readonly steps: readonly Step[]
  readonly warnings: readonly Warning[]
}

/** That the slot that is left is stopped later, and started again before requests go back there; nothing where nobody can. Where what runs there cannot be seen, it is said, and no more. */
export async function keptSlot(
  parts: NginxParts,
  target: Checked<NginxTarget>,
  { newest }: Seen,
  signal: AbortSignal,
): Promise<Kept> {
  const at = target.spec.slots[newest.slot]?.compose
  if (!at || !parts.slots) return { steps: [], warnings: [] }
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(longestLook)])
  try {
    const now = await parts.slots.look(at, inTime)
    return { steps: keepSteps(target, newest, at, now), warnings: [] }
  } catch (error) {
    signal.throwIfAborted()
    const why = inTime.aborted
      ? `Docker gives no answer in ${longestLook / 1_000} s`
      : parts.scrub(messageOf(error))
    const text = `what runs in slot ${newest.slot} is not known, so it is not stopped later: ${why}`
    return { steps: [], warnings: [{ kind: 'traffic', text }] }
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

function keepSteps(
  target: Checked<NginxTarget>,
  newest: SlotSeen,
  at: SlotService['target'],
  now: InSlot | undefined,
): readonly Step[] {
  if (!now || now.running === 0 || newest.version === undefined) return []
  const service: SlotService = {
    target: at,
    image: now.image,
    reference: now.reference,
    name: nameOf(newest),
    scale: now.count,
  }
  const change = slotChange('keep', target, newest, service, newest.version)
  return [
    {
      name: `slot ${newest.slot} kept for a while`,
      change,
      undo: { ...change, does: 'start' },
      settles: undefined,
      undoSettles: 'slot',
      onFailure: 'ask',
      later: {
        name: `slot ${newest.slot}, ${nameOf(newest)}, stopped`,
        change: { ...change, does: 'stop' },
      },
    },
  ]
}

const slotChange = (
  does: SlotChange['does'],
  { spec }: Checked<NginxTarget>,
  { slot }: SlotSeen,
  service: SlotService,
  version: string,
): SlotChange => ({ kind: 'slot', does, target: spec, slot, version, service })
