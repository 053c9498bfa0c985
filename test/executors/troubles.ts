import type { Fault } from '#sandbox/cluster/faults.ts'

export type Trouble =
  | { readonly kind: 'status'; readonly status: 409 | 429 | 500 | 503 }
  | { readonly kind: 'cut-before' | 'cut-after' | 'late' }

/** What may become of a change on its way. */
export const troubles: readonly Trouble[] = [
  { kind: 'status', status: 409 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'late' },
]
export const nameOf = (trouble: Trouble): string =>
  trouble.kind === 'status' ? String(trouble.status) : trouble.kind

/** As the pretend platforms are told of it. `lateMs`: longer than the executor waits for an answer. */
export function faultOf(trouble: Trouble, lateMs: number): Fault {
  switch (trouble.kind) {
    case 'status':
      return { status: trouble.status }
    case 'cut-before':
      return { cut: 'before' }
    case 'cut-after':
      return { cut: 'after' }
    case 'late':
      return { delayMs: lateMs }
  }
}
