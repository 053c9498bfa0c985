import type { RevisionId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import { placeOf } from '../canary/plain-leg.ts'
import type { PlainLook, Side } from '../canary/plain-look.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf } from '../schema.ts'
import { step } from '../steps.ts'
import type { Division, Weights } from './division.ts'

export type Divided = PlainLook & { readonly canary: Side; readonly division: Division }

interface Shift {
  /** Any of these may stand there. */
  readonly expect: readonly Weights[]
  readonly to: Weights
  /** What stands there again once it is taken back; the first of what is expected, where nothing is said. */
  readonly back?: Weights
  /** How many seconds the pods are watched. */
  readonly hold?: number
  /** What the stable Deployment runs by then; what it runs now, where nothing is said. */
  readonly serves?: RevisionId
}

/**
 * Moves the requests to the weights `to`. It is taken back in one move, from wherever it came: of several stages those before it then
 * find it done, also where an emergency exit passed some of them over.
 */
export function weightStep(
  { division, stable, canary, cluster }: Divided,
  {
    expect,
    to: weights,
    back = expect[0] ?? weights,
    hold = 0,
    serves = runningRevision(stable.workload),
  }: Shift,
): Step {
  const change = {
    kind: 'set_weights' as const,
    ...placeOf(stable, cluster),
    canary: {
      deployment: canary.target.spec.name,
      uid: canary.workload.metadata.uid,
      revision: runningRevision(canary.workload),
    },
    stable: { revision: serves },
    routeUid: division.metadata.uid,
    weights,
    expect: [...expect],
    holdSeconds: hold,
  } satisfies ChangeOf<'set_weights'>
  const to = division.destinations.find(({ arm }) => arm === 'canary')?.name ?? ''
  return step({
    name: `canary at ${weights[to] ?? 0} % of the requests`,
    change,
    undo: {
      ...change,
      weights: back,
      expect: [...expect, weights],
      holdSeconds: 0,
      undoes: true,
    },
    settles: 'requests moved',
  })
}
