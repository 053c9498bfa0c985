import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface Signed {
  readonly raw: Buffer
  readonly timestamp: string | undefined
  readonly signature: string | undefined
}
export type Verdict =
  | { readonly kind: 'genuine'; readonly replayKey: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'forged' }

/** Slack allows five minutes; we allow them in both directions, so that a request dated ahead cannot be kept for later. */
const windowSeconds = 300

/**
 * Is this request Slack's, and of now? The signature covers the raw bytes; each secret is compared in constant time. `nowMs` is
 * the machine's own clock, because that is what Slack signs by; the timeline's clock may be moved.
 */
export function verify(
  { raw, timestamp, signature }: Signed,
  secrets: readonly string[],
  nowMs: number,
): Verdict {
  if (timestamp === undefined || signature === undefined) return { kind: 'unsigned' }
  if (!/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature))
    return { kind: 'forged' }
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > windowSeconds) return { kind: 'stale' }

  const claimed = Buffer.from(signature.slice(3), 'hex')
  const matches = secrets
    .filter((secret) => secret !== '')
    .map((secret) =>
      timingSafeEqual(
        claimed,
        createHmac('sha256', secret).update(`v0:${timestamp}:`).update(raw).digest(),
      ),
    )
  return matches.includes(true)
    ? { kind: 'genuine', replayKey: createHash('sha256').update(signature).digest('hex') }
    : { kind: 'forged' }
}
