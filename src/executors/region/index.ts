import { defineExecutor } from '#executors/define-executor.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { changedSince } from './changed-since.ts'
import { providerOf, type RegionParts } from './context.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { candidates, observe } from './observe.ts'
import { progress } from './progress.ts'
import { route } from './route.ts'
import { RegionChange, RegionTarget } from './schema.ts'
import { verify } from './verify.ts'

/** The regions that production runs in: what is taken back is the region, not a version. */
export function region(given: RegionParts): Executor {
  const parts: RegionParts = { ...given, closed: new Map() }
  const executor = defineExecutor({
    kind: 'region',
    Spec: RegionTarget,
    Change: RegionChange,
    problems: (spec) =>
      parts.providers.get(spec.provider)?.problems(spec.at) ?? [
        `no provider ${spec.provider} is known here`,
      ],
    observe: (target, signal) => observe(parts, target, signal),
    route: (target, observed, to, _operation, signal) =>
      route(parts, target, observed, to, 'planned', signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, _operation, signal) => apply(parts, change, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: (target, _bad, signal) => evidence(parts, target, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec }) => providerOf(parts, spec).lookCommand(spec.at),
  })
  return {
    ...executor,
    ways: async (target, observed, to, _strategy, _operation, signal) => [
      await route(
        parts,
        { ...target, spec: RegionTarget.parse(target.spec) },
        observed,
        to,
        'offline',
        signal,
      ),
    ],
  }
}
