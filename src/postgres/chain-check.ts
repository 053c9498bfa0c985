import { type ChainKeys, type ChainRow, chainHash, genesis } from './chain.ts'

/** A row as it stands, whoever wrote it; hashes in hex, `at` ISO 8601 with six decimals. */
export interface CheckedRow extends ChainRow {
  readonly hash: string
  readonly keyId: string
}

export type Fault =
  /** A field or the hash was changed, or the row was written without the key. */
  | { readonly kind: 'altered'; readonly seq: number }
  | { readonly kind: 'missing'; readonly seq: number }
  /** The row belongs at `belongsAt`. */
  | { readonly kind: 'swapped'; readonly seq: number; readonly belongsAt: number }
  /** Rows from `seq` on are gone; there were at least `expected`. */
  | { readonly kind: 'truncated'; readonly seq: number; readonly expected: number }
  /** The stream's own note of its end does not fit its rows. */
  | { readonly kind: 'end_altered'; readonly seq: number }
  /** A signed head says something else than the row: the whole chain was written anew, or the head was. */
  | { readonly kind: 'head_differs'; readonly seq: number }
  | { readonly kind: 'unknown_key'; readonly seq: number; readonly keyId: string }

export interface End {
  readonly seq: number
  readonly head: string
}

/**
 * Follows one chain row by row and remembers only its end, so chains of any length can be checked.
 * `row` and `end` return the first fault they find. `noted` is where the
 * stream says that it ends, `known` are the ends that signed heads vouch for, by count.
 */
export function chainCheck(
  stream: string,
  keys: ChainKeys,
  noted: End,
  known: ReadonlyMap<number, string>,
) {
  const length = Math.max(noted.seq, ...known.keys())
  let seq = 0
  let prev = genesis
  return {
    row(row: CheckedRow): Fault | undefined {
      const expected = seq + 1
      if (row.seq !== expected) return { kind: 'missing', seq: expected }
      const key = keys.find(({ id }) => id === row.keyId)
      if (!key) return { kind: 'unknown_key', seq: row.seq, keyId: row.keyId }
      if (chainHash(key, stream, row) !== row.hash || row.prev !== prev) {
        const hashAt = (at: number) => chainHash(key, stream, row, at)
        const belongsAt = placeOf(row, hashAt, length)
        return belongsAt === undefined || belongsAt === row.seq
          ? { kind: 'altered', seq: row.seq }
          : { kind: 'swapped', seq: row.seq, belongsAt }
      }
      const vouched = known.get(row.seq)
      if (vouched !== undefined && vouched !== row.hash)
        return { kind: 'head_differs', seq: row.seq }
      seq = row.seq
      prev = row.hash
      return undefined
    },
    end(): Fault | undefined {
      if (length > seq) return { kind: 'truncated', seq: seq + 1, expected: length }
      return noted.seq !== seq || noted.head !== prev ? { kind: 'end_altered', seq } : undefined
    },
  }
}

/** Looks for the number under which the row's own hash fits; only done once, for the first bad row. */
function placeOf(
  row: CheckedRow,
  hashAt: (seq: number) => string,
  length: number,
): number | undefined {
  for (let at = 1; at <= Math.min(length, 10_000); at += 1) if (hashAt(at) === row.hash) return at
  return undefined
}
