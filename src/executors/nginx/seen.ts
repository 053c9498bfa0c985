import type { RevisionId } from '#domain/ids.ts'
import { type Answered, askSlot, revisionOf, versionName } from './ask.ts'
import { readDivision } from './file.ts'
import type { NginxParts } from './context.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Division, NginxTarget } from './schema.ts'

/** A slot as it answers, and what is in it. */
export interface SlotSeen {
  readonly slot: string
  readonly answered: Answered
  /** By its own word, else by our record of what it last said; `undefined` where neither is known. */
  readonly version: string | undefined
}

export interface Seen {
  readonly division: Division
  readonly slots: readonly SlotSeen[]
  /** The slot that has the version which came last: the canary's, where there is one. */
  readonly newest: SlotSeen
  readonly other: SlotSeen
}

/** What our record keeps of a version. */
export const templateOf = (slot: string, version: string) => ({ slot, version })
export function kept(template: unknown): {
  slot?: unknown
  version?: unknown
  image?: unknown
  reference?: unknown
} {
  return typeof template === 'object' && template !== null ? template : {}
}

/** Throws `Unreadable` where the file does not say who serves. */
export async function see(
  parts: NginxParts,
  { workload, spec }: Pick<Checked<NginxTarget>, 'workload' | 'spec'>,
  signal: AbortSignal,
): Promise<Seen> {
  const division = await readDivision(spec)
  const slots = await Promise.all(
    Object.keys(spec.slots).map(async (slot): Promise<SlotSeen> => {
      const answered = await askSlot(spec, slot, signal)
      return { slot, answered, version: answered.version ?? (await lastIn(parts, workload, slot)) }
    }),
  )
  const name = division.canary?.slot ?? division.serving
  const newest = slots.find(({ slot }) => slot === name)
  const other = slots.find(({ slot }) => slot !== name)
  if (!newest || !other) throw new Error('a target has two slots')
  return { division, slots, newest, other }
}

async function lastIn(
  { revisions }: NginxParts,
  workload: Checked<NginxTarget>['workload'],
  slot: string,
): Promise<string | undefined> {
  const known = (await revisions.known(workload)).toSorted((a, b) => b.lastSeen - a.lastSeen)
  for (const { revision } of known) {
    const template = kept(await revisions.template(workload, revision))
    if (template.slot === slot && typeof template.version === 'string') return template.version
  }
  return undefined
}

/** A slot that says nothing and never did is still told from the other. */
export const idOf = ({ slot, version }: SlotSeen): RevisionId =>
  revisionOf(version ?? `slot ${slot}`)
export const nameOf = ({ slot, version }: SlotSeen): string =>
  version === undefined ? `slot ${slot}` : versionName(version)
