import { closedRoute } from '#executors/closed.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import { type Route, Superseded } from '#ports/executor.ts'
import {
  type FlagParts,
  lookAt,
  offId,
  providerOf,
  stateId,
  stateText,
  switching,
  titleOf,
} from './look.ts'
import type { FlagChange, FlagTarget } from './schema.ts'

/** Switching it off, where off is off. A flag is switched on by nobody but an undo: what it was before is restored then. */
export async function route(
  parts: FlagParts,
  target: FlagTarget,
  from: RevisionId,
  to: RevisionId,
  signal: AbortSignal,
): Promise<Route> {
  const provider = providerOf(parts, target)
  const { key, environment } = target
  const seen = await lookAt(parts, target, signal)
  if (!seen || stateId(seen) !== from)
    throw new Superseded(`${titleOf(target)} changed while the plan was made`)
  if (!seen.isOn) return refused({ kind: 'already_there', revision: `${key} off` })
  if (to !== offId)
    return refused({ kind: 'unsupported', why: `${titleOf(target)} can only be switched off` })
  if (seen.stays !== undefined)
    return refused({
      kind: 'unsupported',
      why: `to switch ${key} off would not end it: ${seen.stays}`,
    })
  const change: FlagChange = { kind: 'switch', target, isOn: false, rules: seen.rulesId }
  const spread = provider.spreadSeconds
  return {
    steps: [
      {
        name: `${key} switched off`,
        change,
        undo: { ...change, isOn: true },
        settles: 'read back',
        onFailure: 'ask',
      },
    ],
    collapse: [],
    collapseHow: null,
    differences: [{ what: 'other', where: titleOf(target), from: stateText(seen), to: 'off' }],
    warnings: [],
    blockers: [],
    mechanism: 'flag-off',
    how: [
      `switch ${key} off in ${environment} (${provider.name})`,
      ...(spread > 0 ? [`programs hear of it within about ${spread} s`] : []),
    ].join(' · '),
    expectedMicros: switching(provider),
  }
}

const refused = (...blockers: readonly Blocker[]): Route => closedRoute('flag-off', ...blockers)
