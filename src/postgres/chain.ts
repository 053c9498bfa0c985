import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { canonicalJson, type Json } from '#domain/json.ts'

/** A secret that chains are hashed with; its id stands beside every row, so that keys can be changed. */
export interface ChainKey {
  readonly id: string
  readonly secret: KeyObject
}
/** The key that new rows use, then those of older rows. */
export type ChainKeys = readonly [ChainKey, ...ChainKey[]]

/** Everything of a row that its hash covers beside the name of its stream; `at` is ISO 8601 with six decimals, `prev` the hash before it in hex. */
export interface ChainRow {
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly actor: string
  readonly payload: Json
  readonly prev: string
}

/** HMAC-SHA-256 in hex, of the row as it would be the `seq`th. Without the key nobody can write a row that fits. */
export function chainHash(
  { secret }: ChainKey,
  stream: string,
  row: ChainRow,
  seq: number = row.seq,
): string {
  const { at, kind, actor, payload, prev } = row
  // The canonical spelling of all of them, whose names are known and stand in their order: millions of rows are verified by it.
  const text = `{"actor":${spell(actor)},"at":${spell(at)},"kind":${spell(kind)},"payload":${canonicalJson(payload)},"prev":${spell(prev)},"seq":${spell(seq)},"stream":${spell(stream)}}`
  return createHmac('sha256', secret).update(text).digest('hex')
}
const spell = JSON.stringify

/** What stands before the first row. */
export const genesis = '0'.repeat(64)

/** A key from a configured secret of at least 32 characters; the same text always gives the same key. */
export function chainKey(text: string): ChainKey {
  if (text.length < 32) throw new Error('The timeline key needs at least 32 characters.')
  const secret = Buffer.from(hkdfSync('sha256', text, '', 'countermand timeline', 32))
  const id = createHash('sha256').update(secret).digest('hex').slice(0, 8)
  return { id, secret: createSecretKey(secret) }
}
