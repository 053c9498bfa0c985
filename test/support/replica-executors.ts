import type { Json } from '#domain/json.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import type { Freezer } from '#ports/freezer.ts'
import type { Holder } from '#ports/holder.ts'
import type { Promoter } from '#ports/promoter.ts'

/** Asks before `act` what is to become of it. */
type At = <Result>(name: string, act: () => Promise<Result>) => Promise<Result>

/** Puts `at` before everything that an executor asks its platform. */
export function watchedExecutor(executor: Executor, at: At): Executor {
  const { freezer, holder, promoter } = executor
  return {
    ...executor,
    problems: (spec) => executor.problems(spec),
    lookCommand: (target) => executor.lookCommand(target),
    candidates: (...given) => executor.candidates(...given),
    examine: (...given) => executor.examine(...given),
    observe: (...given) => at('executor.observe', () => executor.observe(...given)),
    route: (...given) => at('executor.route', () => executor.route(...given)),
    changedSince: (...given) => at('executor.changedSince', () => executor.changedSince(...given)),
    apply: (change, operation, signal) =>
      at(
        `executor.apply ${executor.kind} ${kindOf(change)}${operation.endsWith('.undo') ? ' back' : ''}`,
        () => executor.apply(change, operation, signal),
      ),
    progress: (change, signal) => followed(executor, change, signal, at),
    verify: (...given) => at('executor.verify', () => executor.verify(...given)),
    evidence: (...given) => at('executor.evidence', () => executor.evidence(...given)),
    ...(freezer ? { freezer: watchedFreezer(freezer, at) } : {}),
    ...(holder ? { holder: watchedHolder(holder, at) } : {}),
    ...(promoter ? { promoter: watchedPromoter(promoter, at) } : {}),
  }
}

async function* followed(
  executor: Executor,
  change: Json,
  signal: AbortSignal,
  at: At,
): AsyncIterable<Progress> {
  yield* await at('executor.progress', async () => executor.progress(change, signal))
}

const watchedFreezer = (freezer: Freezer, at: At): Freezer => ({
  covers: (target) => freezer.covers(target),
  raise: (...given) => at('freezer.raise', () => freezer.raise(...given)),
  lift: (...given) => at('freezer.lift', () => freezer.lift(...given)),
})

const watchedHolder = (holder: Holder, at: At): Holder => ({
  covers: (target) => holder.covers(target),
  enforce: (...given) => at('holder.enforce', () => holder.enforce(...given)),
  release: (...given) => at('holder.release', () => holder.release(...given)),
})

const watchedPromoter = (promoter: Promoter, at: At): Promoter => ({
  ...promoter,
  canary: (...given) => at('promoter.canary', () => promoter.canary(...given)),
  forward: (...given) => at('promoter.forward', () => promoter.forward(...given)),
  away: (...given) => at('promoter.away', () => promoter.away(...given)),
  hold: (...given) => at('promoter.hold', () => promoter.hold(...given)),
  changedSince: (...given) => at('promoter.changedSince', () => promoter.changedSince(...given)),
  verify: (...given) => at('promoter.verify', () => promoter.verify(...given)),
})

function kindOf(change: Json): string {
  const kind: unknown = Object(change)['kind']
  return typeof kind === 'string' ? kind : ''
}
