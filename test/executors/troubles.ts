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
