import type { RevisionId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import { SlotService } from '#executors/compose/schema.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import type { NginxParts } from './context.ts'
import type { NginxTarget, SlotChange } from './schema.ts'
import { idOf, kept, type Seen } from './seen.ts'
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
    over: now?.image ?? null,
  })
  if (!parsed.success || typeof version !== 'string' || revisionOf(version) !== to)
    return {
      kind: 'closed',
      why: `which image that was is not on record: start it in slot ${slot}`,
    }
  const why = await parts.slots.whyNotStartable(parsed.data, signal)
  if (why !== undefined) return { kind: 'closed', why }
  const change: SlotChange = {
    kind: 'slot',
    does: 'start',
    target: target.spec,
    slot,
    version,
    service: parsed.data,
  }
  return {
    kind: 'start',
    version,
    step: {
      name: `slot ${slot} started at ${parsed.data.name}`,
      change,
      undo: { ...change, does: 'leave' },
      settles: 'containers',
      undoSettles: null,
      stays: true,
      onFailure: 'undo',
    },
  }
}
