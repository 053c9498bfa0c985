import { canonicalJson, isSameJson, type Json } from '#domain/json.ts'
import { brought } from '#domain/rollback/revision.ts'
import { annotating, annotationPath } from './annotating.ts'
import type { PatchOperation } from './api.ts'
import { passing } from './canary/pass-pause.ts'
import { isEnough } from './canary/rescaled.ts'
import { causeAnnotation } from './cause.ts'
import { takenForApplied } from './gitops/last-applied.ts'
import { fluxAnnotation, isLeftAloneByFlux } from './gitops/owner-object.ts'
import { isBetweenVersions } from './kinds/rollout-state.ts'
import type { Workload } from './objects.ts'
import { isAsExpected, operationAnnotation } from './precondition.ts'
import { runningRevision } from './revision.ts'
import type { ChangeOf, KubernetesChange, RawObject } from './schema.ts'

/** A change to a workload's own object: when it is already made, when it may be made, and what is sent. */
export interface Edit {
  isDone(workload: Workload): boolean
  isExpected(workload: Workload): boolean
  operations(workload: Workload): readonly PatchOperation[]
  /** Asked before each attempt: throws where something beside the object speaks against it by then. */
  mayStill?(workload: Workload): Promise<void>
  /** Sent to the status, which changes nothing else of the object; and nothing else changes the status. */
  readonly isOfStatus?: true
  /** Sent to the object in which the template lives. */
  readonly isOfTemplate?: true
  /** Says by itself whether it was made: the operation that was last noted stays. */
  readonly isUnmarked?: true
}

type Edited = Exclude<
  KubernetesChange,
  ChangeOf<
    | 'delete_pods'
    | 'set_weights'
    | 'switch_service'
    | 'retire_colour'
    | 'set_sync'
    | 'open_gates'
    | 'shut_gates'
    | 'nothing'
  >
>

/** `template` is what `set_template` puts in; the change itself only names it. */
export function editOf(change: Edited, operation: string, template: RawObject): Edit {
  const own = edits(change, template)
  if (own.isOfStatus || own.isUnmarked)
    return {
      ...own,
      operations: (workload) => [...identity(workload), ...own.operations(workload)],
    }
  const mark = markOf(change, operation)
  const cause = change.kind === 'set_template' ? brought(operation, change.to) : undefined
  return {
    ...own,
    isDone: (workload) => isMarked(writtenBy(own, workload), mark) || own.isDone(workload),
    operations(workload) {
      const object = writtenBy(own, workload)
      return [...identity(object), ...own.operations(workload), ...marking(object, mark, cause)]
    },
  }
}

/** The object that an edit is sent to. */
export const writtenBy = ({ isOfTemplate }: Edit, workload: Workload): Workload =>
  (isOfTemplate && workload.templateOwner) || workload

function edits(change: Edited, template: RawObject): Edit {
  switch (change.kind) {
    case 'set_template':
      return {
        isOfTemplate: true,
        isDone: (workload) => runningRevision(workload) === change.to,
        isExpected: (workload) => isAsExpected(workload, change.expect),
        operations: (workload) => [
          { op: 'replace', path: '/spec/template', value: template },
          ...takenForApplied(workload.templateOwner ?? workload, template),
        ],
      }
    case 'set_paused':
      return {
        isDone: ({ spec }) => (spec.paused ?? false) === change.paused,
        isExpected: (workload) => runningRevision(workload) === change.to,
        operations: () => [{ op: 'add', path: '/spec/paused', value: change.paused }],
      }
    case 'set_replicas':
      return {
        isDone: (workload) =>
          isEnough(change, workload.spec.replicas ?? 1) &&
          runningRevision(workload) === change.whileAt,
        isExpected: (workload) =>
          (workload.spec.replicas ?? 1) === change.from &&
          runningRevision(workload) === change.whileAt,
        operations: () => [{ op: 'add', path: '/spec/replicas', value: change.replicas }],
      }
    case 'set_scale':
      return {
        isDone: ({ spec }) => (spec.replicas ?? 1) === change.replicas,
        // An autoscaler moves the number all the time: to be stopped, it may be any.
        isExpected: ({ spec }) => change.replicas === 0 || (spec.replicas ?? 1) === change.from,
        operations: () => [{ op: 'add', path: '/spec/replicas', value: change.replicas }],
      }
    case 'set_strategy':
      return {
        isDone: (workload) => isSameJson(rawStrategy(workload), change.strategy),
        isExpected: (workload) =>
          isSameJson(rawStrategy(workload), change.instead) &&
          (change.whileAt === null || runningRevision(workload) === change.whileAt),
        operations: () => [{ op: 'add', path: '/spec/strategy', value: change.strategy }],
      }
    case 'set_aborted':
      return {
        isOfStatus: true,
        isDone: ({ status }) => (status.abort ?? false) === change.aborted,
        // With nothing in progress it would take back nothing, and call the stable version degraded.
        isExpected: (workload) =>
          runningRevision(workload) === change.whileAt && isBetweenVersions(workload),
        operations: () => [{ op: 'add', path: '/status/abort', value: change.aborted }],
      }
    case 'promote_full':
      return {
        isOfStatus: true,
        isDone: (workload) => workload.status.promoteFull === true || !isBetweenVersions(workload),
        isExpected: (workload) => runningRevision(workload) === change.to,
        operations: () => [{ op: 'add', path: '/status/promoteFull', value: true }],
      }
    case 'pass_pause':
      return passing(change)
    case 'set_reconcile':
      return {
        isUnmarked: true,
        isDone: ({ metadata }) => isLeftAloneByFlux(metadata) === change.paused,
        isExpected: () => true,
        operations: ({ metadata }) =>
          change.paused
            ? annotating(metadata, { [fluxAnnotation]: 'disabled' })
            : [{ op: 'remove', path: annotationPath(fluxAnnotation) }],
      }
  }
}

/** Names the operation and what it did, so that a change and its undo are never taken for each other. */
const markOf = (change: Edited, operation: string): string => {
  switch (change.kind) {
    case 'set_template':
      return `${operation} template ${change.to}`
    case 'set_paused':
      return `${operation} ${change.paused ? 'paused' : 'resumed'}`
    case 'set_replicas':
    case 'set_scale':
      return `${operation} replicas ${change.replicas}`
    case 'set_strategy':
      return `${operation} strategy ${canonicalJson(change.strategy)}`
    case 'set_aborted':
    case 'promote_full':
    case 'pass_pause':
    case 'set_reconcile':
      return `${operation} ${change.kind}`
  }
}

/** Whether this very operation was the last to change it, and did this. */
export const isMadeBy = (change: Edited, operation: string, workload: Workload): boolean =>
  isMarked(workload, markOf(change, operation))

const isMarked = ({ metadata }: Workload, mark: string): boolean =>
  metadata.annotations?.[operationAnnotation] === mark

/** A compare-and-swap on the spec as it was read: the generation moves with the spec alone, the uid with a re-creation. */
export const identity = ({ metadata }: Workload): readonly PatchOperation[] => [
  { op: 'test', path: '/metadata/uid', value: metadata.uid },
  { op: 'test', path: '/metadata/generation', value: metadata.generation ?? 0 },
]

/** Our own key, and with another template the cause that `kubectl rollout history` shows; the annotations of others stay as they are. */
function marking(
  { metadata }: Workload,
  mark: string,
  cause: string | undefined,
): readonly PatchOperation[] {
  const own = {
    [operationAnnotation]: mark,
    ...(cause === undefined ? {} : { [causeAnnotation]: cause }),
  }
  return annotating(metadata, own)
}

export const rawStrategy = (workload: Workload): Json => workload.raw.spec['strategy'] ?? {}
