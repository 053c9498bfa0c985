import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import type { Check } from '#domain/rollback/verification.ts'
import type { Owner, RawObject } from '../schema.ts'
import type { Kept } from './keeps.ts'
import type { OwnerPlace } from './owner-object.ts'

/** Somebody who brings a workload what Git has. */
export interface GitOpsOwner {
  readonly tool: 'Argo CD' | 'Flux'
  /** `Application argocd/shop`. */
  readonly name: string
  /** Its object. */
  readonly at: OwnerPlace
  readonly syncs:
    | { readonly kind: 'when_asked' | 'paused' }
    /** Nothing begins by itself any more; what was begun may still bring what Git has. */
    | { readonly kind: 'under_way' }
    | {
        readonly kind: 'by_itself'
        readonly pause: Pause
        /** What else it then brings nothing to. */
        readonly others: readonly string[]
        /** Why it may go on all the same, where nobody can see whether it does. */
        readonly doubt?: string
      }
    /** It syncs by itself, and cannot be paused: `why`. */
    | { readonly kind: 'unstoppable'; readonly why: string }
    | { readonly kind: 'unknown'; readonly why: string }
}

/** One that a plan pauses first. */
export type PausingOwner = GitOpsOwner & {
  readonly syncs: Extract<GitOpsOwner['syncs'], { kind: 'by_itself' }>
}
export const isPausing = (owner: GitOpsOwner): owner is PausingOwner =>
  owner.syncs.kind === 'by_itself'

/** Where its sync is switched: on the workload, or on the tool's own object. */
type Pause =
  | { readonly kind: 'set_reconcile' }
  | { readonly kind: 'set_sync'; readonly owner: Owner; readonly automated: RawObject | null }

const unended = 'it is paused, but has not ended what it began before'

/** What an approver should know of it, whatever version is gone back to. */
export function standingWarnings({ tool, name, syncs }: GitOpsOwner): readonly Warning[] {
  switch (syncs.kind) {
    case 'when_asked':
      return [{ kind: 'synced_by_hand', tool, name }]
    case 'under_way':
      return tool === 'Flux'
        ? [{ kind: 'gitops_owner', tool, name, why: unended }]
        : [{ kind: 'synced_by_hand', tool, name }]
    case 'unknown':
      return [{ kind: 'gitops_owner', tool, name, why: syncs.why }]
    case 'by_itself':
    case 'paused':
    case 'unstoppable':
      return []
  }
}

/** What a plan pauses, and what else that stops. */
export const pauseWarnings = ({ tool, name, syncs }: GitOpsOwner): readonly Warning[] =>
  syncs.kind === 'by_itself'
    ? [
        { kind: 'sync_paused', tool, name, others: syncs.others },
        ...(syncs.doubt === undefined
          ? []
          : [{ kind: 'gitops_owner', tool, name, why: syncs.doubt } as const]),
      ]
    : []

/** No rollback that is certain to be taken back behind everybody's back. */
export const ownerBlockers = ({ tool, name, syncs }: GitOpsOwner): readonly Blocker[] =>
  syncs.kind === 'unstoppable'
    ? [
        {
          kind: 'unsupported',
          why: `${tool} (${name}) would bring back what Git has, and it cannot be paused: ${syncs.why}. Put the good version into Git, or pause the sync there and ask again`,
        },
      ]
    : []

/**
 * After a rollback: whether anybody is going to take it back by itself. Whoever syncs by itself keeps it where Git has what runs, as
 * `kept` tells. What cannot be seen is `unknown`, never passed.
 */
export async function ownerCheck(
  { tool, name, syncs, at }: GitOpsOwner,
  kept: (at: OwnerPlace) => Promise<Kept>,
): Promise<Check> {
  const check = (result: Check['result'], text: string): Check => ({ id: 'sync', result, text })
  switch (syncs.kind) {
    case 'paused':
      return check('passed', `${tool} is paused (${name})`)
    case 'when_asked':
      return check('passed', `${tool} syncs only when somebody asks (${name})`)
    case 'under_way':
      return check('unknown', `a sync of ${tool} (${name}) is still under way`)
    case 'by_itself':
    case 'unstoppable':
      return keptCheck({ tool, name }, await kept(at))
    case 'unknown':
      return {
        ...check('unknown', `whether ${tool} (${name}) brings back what Git has: ${syncs.why}`),
        isLasting: true,
      }
  }
}

function keptCheck({ tool, name }: Pick<GitOpsOwner, 'tool' | 'name'>, kept: Kept): Check {
  const check = (result: Check['result'], text: string): Check => ({ id: 'sync', result, text })
  switch (kept.kind) {
    case 'keeps':
      return check('passed', `${tool} syncs by itself (${name}), and Git has what runs`)
    case 'suspended':
      return check('passed', `${tool} is paused (${name})`)
    case 'undoes':
      return check('failed', `${tool} syncs by itself (${name}): ${kept.why}`)
    case 'unknown':
      return {
        ...check('unknown', `${tool} syncs by itself (${name}): ${kept.why}`),
        ...(kept.isLasting ? { isLasting: true } : {}),
      }
  }
}
