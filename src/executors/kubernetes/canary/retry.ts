import type { Edit } from '../edit.ts'
import { isBetweenVersions } from '../kinds/rollout-state.ts'
import type { ChangeOf } from '../schema.ts'

/**
 * Lets the version that was aborted begin again at its first step, as `kubectl argo rollouts retry` does (cmd/retry/retry.go). One that was
 * aborted once more since is left alone: the time of the abort is another then.
 */
export const retrying = ({ hash, abortedAt = null }: ChangeOf<'pass_pause'>): Edit => ({
  isOfStatus: true,
  isDone: ({ status }) => status.currentPodHash === hash && status.abort !== true,
  isExpected: (workload) =>
    workload.status.currentPodHash === hash &&
    isBetweenVersions(workload) &&
    (workload.status.abortedAt ?? null) === abortedAt,
  operations: () => [
    { op: 'test', path: '/status/currentPodHash', value: hash },
    { op: 'test', path: '/status/abort', value: true },
    ...(abortedAt === null
      ? []
      : [{ op: 'test', path: '/status/abortedAt', value: abortedAt } as const]),
    { op: 'replace', path: '/status/abort', value: false },
  ],
})
