import {
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Pool } from 'pg'
import { canonicalJson } from '#domain/json.ts'
import { instant, isoMicros } from '#domain/time.ts'
import type { ChainKey, ChainKeys } from './chain.ts'

/** The end of a chain at a moment, signed (Ed25519, base64): kept in a second place it shows truncation and rewriting. */
export interface SignedHead {
  readonly stream: string
  readonly count: number
  readonly hash: string
  readonly at: string
  readonly keyId: string
  readonly signature: string
}

/** Where heads go besides the database. Must throw when a head was not kept. */
export type HeadSink = (heads: readonly SignedHead[]) => Promise<void>

/** Signs the end of every stream that grew since its last head. Safe to run anywhere, any number of times. */
export async function signHeads(pool: Pool, [key]: ChainKeys, sink: HeadSink): Promise<number> {
  const { rows } = await pool.query<{ stream: string; count: number; hash: string; at: string }>(
    `SELECT id AS stream, seq AS count, encode(head, 'hex') AS hash, micros(countermand_now()) AS at
       FROM streams s
      WHERE seq > coalesce((SELECT max(count) FROM chain_heads WHERE stream_id = s.id), 0)
      ORDER BY id`,
  )
  const heads = rows.map(({ at, ...end }) =>
    signed(key, { ...end, at: isoMicros(instant(Number(at))) }),
  )
  // First the second place: a head that only the database knows proves nothing.
  if (heads.length > 0) await sink(heads)
  for (const head of heads)
    await pool.query(
      `INSERT INTO chain_heads (stream_id, count, hash, at, key_id, signature)
       VALUES ($1, $2, decode($3, 'hex'), $4, $5, decode($6, 'base64'))
       ON CONFLICT DO NOTHING`,
      [head.stream, head.count, head.hash, head.at, head.keyId, head.signature],
    )
  return heads.length
}

/** Appends heads to a file as JSON lines, on disk before it resolves; its folder is made where there is none. */
export function fileSink(path: string): HeadSink {
  return async (heads) => {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'a', 0o600)
    try {
      await file.appendFile(heads.map((head) => `${JSON.stringify(head)}\n`).join(''))
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

export function isGenuine(head: SignedHead, keys: ChainKeys): boolean {
  const key = keys.find(({ id }) => id === head.keyId)
  const signature = Buffer.from(head.signature, 'base64')
  return key !== undefined && verify(null, message(head), publicKey(key), signature)
}

/** For those who check heads without being able to make them. */
export const publicKey = (key: ChainKey): KeyObject => createPublicKey(privateKey(key))

function signed(key: ChainKey, end: Omit<SignedHead, 'keyId' | 'signature'>): SignedHead {
  const head = { ...end, keyId: key.id }
  return { ...head, signature: sign(null, message(head), privateKey(key)).toString('base64') }
}

const message = ({ stream, count, hash, at, keyId }: Omit<SignedHead, 'signature'>): Buffer =>
  Buffer.from(canonicalJson({ stream, count, hash, at, keyId }))

/** RFC 8410's wrapping of an Ed25519 seed. */
const wrapping = Buffer.from('302e020100300506032b657004220420', 'hex')

function privateKey({ secret }: ChainKey): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'countermand heads', 32))
  return createPrivateKey({
    key: Buffer.concat([wrapping, seed]),
    format: 'der',
    type: 'pkcs8',
  })
}
