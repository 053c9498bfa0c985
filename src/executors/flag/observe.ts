import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import { fromDate } from '#domain/time.ts'
import type { Observed } from '#ports/executor.ts'
import { type FlagParts, type Look, lookAt, offId, providerOf, stateId, titleOf } from './look.ts'
import type { FlagTarget } from './schema.ts'

/** What must still be so when it begins. */
export const preconditionOf = ({ isOn, rulesId }: Look) => ({ isOn, rules: rulesId })

/** Whether it is on, for whom, and since when as far as its provider says. Throws where there is no such flag. */
export async function observe(
  parts: FlagParts,
  target: FlagTarget,
  signal: AbortSignal,
): Promise<Observed> {
  const seen = await lookAt(parts, target, signal)
  if (!seen) {
    const { name } = providerOf(parts, target)
    throw new Error(`there is no ${titleOf(target)} in ${name}, project ${target.project}`)
  }
  const running = revisionOf(target, seen)
  return {
    running,
    history: seen.isOn ? [{ ...running, id: offId, name: `${target.key} off` }] : [],
    precondition: preconditionOf(seen),
    warnings: [],
    blockers: [],
    units: { noun: 'flags', count: 1, ready: 1 },
  }
}

/** Nothing is known to be as safe as what programs do without it. */
export const candidates = ({ history }: Observed): readonly Candidate[] =>
  history.map((revision) => ({
    revision,
    standing: { kind: 'given', because: 'what programs do without it' },
  }))

function revisionOf({ key }: FlagTarget, seen: Look): Revision {
  const { isOn, reach, since } = seen
  return {
    id: stateId(seen),
    name: isOn ? `${key} on ${reach}` : `${key} off`,
    images: [],
    since: since?.at ?? fromDate(new Date()),
    ...(since ? {} : { orEarlier: true }),
  }
}
