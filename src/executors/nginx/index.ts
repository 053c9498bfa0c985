import { z } from 'zod'
import { defineExecutor } from '#executors/define-executor.ts'
import type { Evidence, Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import { changedSince } from './changed-since.ts'
import { type NginxParts, nameOf } from './context.ts'
import { examine } from './examine.ts'
import { textOf, Unreadable } from './file.ts'
import { observe } from './observe.ts'
import { progress } from './progress.ts'
import { nginxPromoter } from './promoter.ts'
import { route } from './route.ts'
import { NginxChange, NginxTarget, SlotChange } from './schema.ts'
import { applySlot, followSlot } from './slot-changes.ts'
import { verify } from './verify.ts'

/** Two slots behind an nginx of this machine: the one that serves, and the one that did. */
export const nginx = (parts: NginxParts): Executor => ({
  ...defineExecutor({
    kind: 'nginx',
    Spec: NginxTarget,
    Change: z.union([NginxChange, SlotChange]),
    problems: () => [],
    observe: (target, signal) =>
      observe(parts, target, signal).catch((error: unknown) => {
        if (!(error instanceof Unreadable)) throw error
        throw new Error(`there is no ${nameOf(target.spec)} that can be read: ${error.message}`, {
          cause: error,
        })
      }),
    route: (target, observed, to, _operation, signal) => route(parts, target, observed, to, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, operation, signal) =>
      change.kind === 'slot'
        ? applySlot(parts, change, operation, signal)
        : apply(parts, change, signal),
    progress: (change, signal) =>
      change.kind === 'slot' ? followSlot(parts, change, signal) : progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: ({ spec }) => evidence(parts, spec),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec: { file } }) => `cat ${file} && nginx -t`,
  }),
  promoter: nginxPromoter(parts),
})

/** nginx keeps nothing of a version; how requests were divided is all there is. Never throws. */
async function evidence({ scrub }: NginxParts, spec: NginxTarget): Promise<readonly Evidence[]> {
  const text = await textOf(spec).catch((error: unknown) => `not captured: ${String(error)}`)
  return [{ name: spec.upstream, kind: 'status', text: scrub(text) }]
}
