import type { Matrix } from '#domain/authority/matrix.ts'
import { stricterMatrix } from '#domain/authority/stricter-matrix.ts'
import type { Policy } from '#domain/policy.ts'
import type { Micros } from '#domain/time.ts'

/** What a policy says about who may decide and how long that counts. An incident remembers it of every policy it was worked on under. */
export interface PinnedPolicy {
  readonly hash: string
  readonly matrix: Matrix
  readonly requestExpiresMicros: Micros
  readonly approvalExpiresMicros: Micros
  readonly scheduleWindowMicros: Micros
}

export const pinnedPolicy = ({ hash, matrix, rollback }: Policy): PinnedPolicy => ({
  hash,
  matrix,
  requestExpiresMicros: rollback.requestExpiresMicros,
  approvalExpiresMicros: rollback.approvalExpiresMicros,
  scheduleWindowMicros: rollback.scheduleWindowMicros,
})

interface Remembering {
  /** Empty in records of earlier versions: they hold on to nothing. */
  readonly policies: readonly PinnedPolicy[]
}

/** The policy of this process, never weaker than one that the incident was worked on under before (threat T037). */
export function policyInForce(incident: Remembering | undefined, policy: Policy): Policy {
  return (incident?.policies ?? [])
    .filter(({ hash }) => hash !== policy.hash)
    .reduce<Policy>(
      (strictest, pinned) => ({
        ...strictest,
        matrix: stricterMatrix(strictest.matrix, pinned.matrix),
        rollback: { ...strictest.rollback, ...shorter(strictest.rollback, pinned) },
      }),
      policy,
    )
}

type Limits = Omit<PinnedPolicy, 'hash' | 'matrix'>
const least = (a: Micros, b: Micros): Micros => (a < b ? a : b)
const shorter = (a: Limits, b: Limits): Limits => ({
  requestExpiresMicros: least(a.requestExpiresMicros, b.requestExpiresMicros),
  approvalExpiresMicros: least(a.approvalExpiresMicros, b.approvalExpiresMicros),
  scheduleWindowMicros: least(a.scheduleWindowMicros, b.scheduleWindowMicros),
})

/** This process follows a policy that the incident has not seen yet. */
export const isUnseen = ({ policies }: Remembering, { hash }: Policy): boolean =>
  policies.length > 0 && !policies.some((seen) => seen.hash === hash)

/** Who was asked by what the record knew: the strictest of its policies, without that of this process where it has one. */
export const matrixKnown = (incident: Remembering | undefined, policy: Policy): Matrix =>
  (incident?.policies ?? [])
    .map(({ matrix }) => matrix)
    .reduce<Matrix | undefined>(
      (strictest, matrix) => (strictest ? stricterMatrix(strictest, matrix) : matrix),
      undefined,
    ) ?? policy.matrix
