import { isSameJson, type Json } from '#domain/json.ts'
import type { PatchOperation } from '../api.ts'
import type { Edit } from '../edit.ts'
import type { Workload } from '../objects.ts'
import type { ChangeOf } from '../schema.ts'
import { retrying } from './retry.ts'

/**
 * Takes away what one version waits for at one step. What was passed is known by where the version has come to, so that a
 * second try after a lost answer passes no second pause.
 */
export function passing(change: ChangeOf<'pass_pause'>): Edit {
  if (change.clears === 'abort') return retrying(change)
  return {
    isOfStatus: true,
    isDone: (workload) => change.clears === 'nothing' || isPassed(change, workload),
    isExpected: ({ status }) =>
      status.currentPodHash === change.hash &&
      status.abort !== true &&
      (change.index === null || status.currentStepIndex === change.index) &&
      pausesOf(status).length > 0 &&
      (change.pauses === null || isSameJson(pausesOf(status), change.pauses)),
    operations: (workload) => operations(change, workload),
  }
}

/** Whether that version has left that pause, or has been told to a moment ago. */
export function isPassed(
  { hash, index }: Pick<ChangeOf<'pass_pause'>, 'hash' | 'index'>,
  { status }: Workload,
): boolean {
  if (status.abort === true || status.currentPodHash !== hash) return false
  if (status.stableRS === hash) return true
  const isThere = index === null || status.currentStepIndex === index
  if (isThere) return pausesOf(status).length === 0
  return (status.currentStepIndex ?? 0) > index
}

export const pausesOf = ({ pauseConditions }: Workload['status']): readonly Json[] =>
  pauseConditions ?? []

function operations(
  { hash, index, clears }: ChangeOf<'pass_pause'>,
  { status }: Workload,
): readonly PatchOperation[] {
  return [
    { op: 'test', path: '/status/currentPodHash', value: hash },
    ...(index === null
      ? []
      : [{ op: 'test', path: '/status/currentStepIndex', value: index } as const]),
    { op: 'test', path: '/status/pauseConditions', value: pausesOf(status) },
    { op: 'remove', path: '/status/pauseConditions' },
    // The step that said neither yes nor no would say the same again: it is left behind (argo-rollouts cmd/promote/promote.go).
    ...(clears === 'inconclusive' && index !== null
      ? ([
          { op: 'add', path: '/status/controllerPause', value: false },
          { op: 'add', path: '/status/currentStepIndex', value: index + 1 },
        ] as const)
      : []),
  ]
}
