import type { Check } from '#domain/rollback/verification.ts'
import { defineExecutor } from '#executors/define-executor.ts'
import { isSameJson } from '#domain/json.ts'
import { type Evidence, type Executor, NotAllowed, type Progress } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { examine } from './examine.ts'
import { type FlagParts, lookAt, offId, providerOf, stateId, stateText, titleOf } from './look.ts'
import { candidates, observe, preconditionOf } from './observe.ts'
import { route } from './route.ts'
import { FlagChange, FlagTarget } from './schema.ts'

/** Feature flags of any provider: what is rolled back is that somebody switched one on. */
export const flag = (parts: FlagParts): Executor =>
  defineExecutor({
    kind: 'flag',
    Spec: FlagTarget,
    Change: FlagChange,
    problems: () => [],
    observe: ({ spec }, signal) => observe(parts, spec, signal),
    route: ({ spec }, observed, to, _operation, signal) =>
      route(parts, spec, observed.running.id, to, signal),
    changedSince: async ({ target: { spec }, precondition }, signal) => {
      const seen = await lookAt(parts, spec, signal)
      if (!seen) return `${titleOf(spec)} is gone`
      return isSameJson(preconditionOf(seen), precondition)
        ? undefined
        : `${titleOf(spec)}, which is ${stateText(seen)} now, was changed meanwhile`
    },
    apply: (change, operation, signal) => apply(parts, change, operation, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: async ({ spec }, to, signal) => [await verified(parts, spec, to.id === offId, signal)],
    evidence: async ({ spec }, _bad, signal) => evidence(parts, spec, signal),
    candidates: async (_target, observed) => candidates(observed),
    examine: ({ spec }, signal) => examine(parts, spec, signal),
    lookCommand: ({ spec }) => `open ${providerOf(parts, spec).lookAt(spec)}`,
  })

/** One look: what was switched was read back already. Only what somebody did since then is news. */
async function* progress(
  parts: FlagParts,
  { target, isOn, rules }: FlagChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const seen = await lookAt(parts, target, signal).catch((error: unknown) => {
    signal.throwIfAborted()
    if (error instanceof NotAllowed) throw error
    return undefined
  })
  if (seen?.isOn === isOn && seen.rulesId === rules) yield { kind: 'settled', ready: 1, wanted: 1 }
  else {
    const now = seen ? `is ${stateText(seen)}` : 'cannot be read'
    yield { kind: 'failed', message: `${titleOf(target)} ${now}`, ready: 0, wanted: 1 }
  }
}

async function verified(
  parts: FlagParts,
  target: FlagTarget,
  isOff: boolean,
  signal: AbortSignal,
): Promise<Check> {
  const seen = await lookAt(parts, target, signal)
  const isAsWanted = seen !== undefined && seen.isOn !== isOff && seen.stays === undefined
  const now = seen ? `is ${stateText(seen)}` : 'is gone'
  const still = seen?.stays === undefined ? '' : `; ${seen.stays}`
  return {
    id: 'serving',
    result: isAsWanted ? 'passed' : 'failed',
    text: `${titleOf(target)} ${now}${still}`,
  }
}

/** Without its rules, which may name people. */
async function evidence(
  parts: FlagParts,
  target: FlagTarget,
  signal: AbortSignal,
): Promise<readonly Evidence[]> {
  const seen = await lookAt(parts, target, signal)
  if (!seen) return []
  const { name } = providerOf(parts, target)
  const text = [
    `${titleOf(target)} (${name}, project ${target.project})`,
    stateText(seen),
    ...(seen.since ? [`${seen.since.what} ${new Date(seen.since.at / 1_000).toISOString()}`] : []),
    `state ${stateId(seen)}`,
  ].join('\n')
  return [{ name: `flag ${target.key}`, kind: 'status', text }]
}
