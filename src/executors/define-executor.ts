import type { z } from 'zod'
import type { RevisionId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import type { Candidate } from '#domain/rollback/revision.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Target } from '#domain/service.ts'
import type {
  Approved,
  Evidence,
  Executor,
  Goal,
  Observed,
  Progress,
  Route,
  Shortcoming,
} from '#ports/executor.ts'

/** A target whose spec was checked. */
export type Checked<Spec> = Omit<Target, 'spec'> & { readonly spec: Spec }
export type CheckedPlan<Spec> = Omit<Approved, 'target'> & { readonly target: Checked<Spec> }

interface Definition<Spec, Change extends Json> {
  readonly kind: string
  readonly Spec: z.ZodType<Spec>
  readonly Change: z.ZodType<Change>
  /** What is wrong with a well-formed spec, e.g. a cluster nobody configured. */
  problems(spec: Spec): readonly string[]
  observe(target: Checked<Spec>, signal: AbortSignal): Promise<Observed>
  route(
    target: Checked<Spec>,
    observed: Observed,
    to: RevisionId,
    operation: string,
    signal: AbortSignal,
  ): Promise<Route>
  changedSince(plan: CheckedPlan<Spec>, signal: AbortSignal): Promise<string | undefined>
  apply(change: Change, operation: string, signal: AbortSignal): Promise<void>
  progress(change: Change, signal: AbortSignal): AsyncIterable<Progress>
  verify(target: Checked<Spec>, to: Goal, signal: AbortSignal): Promise<readonly Check[]>
  evidence(
    target: Checked<Spec>,
    bad: RevisionId,
    signal: AbortSignal,
  ): Promise<readonly Evidence[]>
  candidates(target: Checked<Spec>, observed: Observed): Promise<readonly Candidate[]>
  examine(target: Checked<Spec>, signal: AbortSignal): Promise<readonly Shortcoming[]>
  lookCommand(target: Checked<Spec>): string
}

/** Checks targets and changes as they come in from the catalogue and the database, so an executor sees only its own types. */
export function defineExecutor<Spec, Change extends Json>(own: Definition<Spec, Change>): Executor {
  const checked = (target: Target): Checked<Spec> => ({
    ...target,
    spec: own.Spec.parse(target.spec),
  })
  return {
    kind: own.kind,
    problems(spec) {
      const parsed = own.Spec.safeParse(spec)
      if (parsed.success) return own.problems(parsed.data)
      return parsed.error.issues.map(({ path, message }) =>
        path.length > 0 ? `${path.join('.')}: ${message}` : message,
      )
    },
    observe: async (target, signal) => own.observe(checked(target), signal),
    route: async (target, observed, to, operation, signal) =>
      own.route(checked(target), observed, to, operation, signal),
    changedSince: async (plan, signal) =>
      own.changedSince({ ...plan, target: checked(plan.target) }, signal),
    apply: async (change, operation, signal) =>
      own.apply(own.Change.parse(change), operation, signal),
    progress: (change, signal) => own.progress(own.Change.parse(change), signal),
    verify: async (target, to, signal) => own.verify(checked(target), to, signal),
    evidence: async (target, bad, signal) => own.evidence(checked(target), bad, signal),
    candidates: async (target, observed) => own.candidates(checked(target), observed),
    examine: async (target, signal) => own.examine(checked(target), signal),
    lookCommand: (target) => own.lookCommand(checked(target)),
  }
}
