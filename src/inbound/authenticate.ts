import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { AlertSource } from '#domain/alerts/alert.ts'

export interface Sent {
  readonly raw: Uint8Array
  /** By its name in small letters; `undefined` where it was not sent, or more than once. */
  header(name: string): string | undefined
}

/** Names of the headers that Grafana is told to use; in small letters. */
export interface GrafanaHeaders {
  readonly signature: string
  readonly timestamp: string
}

export type Authentication = 'genuine' | 'unsigned' | 'forged' | 'stale'

/** A signature that says when it was made counts for five minutes, in both directions. */
const windowSeconds = 300

/**
 * Does it come from whom it says? Signatures cover the raw bytes, and every secret is compared in constant time: the present one, and
 * the one before while it is being changed. `nowMs` is the machine's own clock, for that is what senders sign by.
 */
export function authenticate(
  source: AlertSource,
  sent: Sent,
  secrets: readonly string[],
  grafana: GrafanaHeaders,
  nowMs: number,
): Authentication {
  if (secrets.length === 0) return 'unsigned'
  switch (source) {
    case 'pagerduty':
      return pagerduty(sent, secrets)
    case 'github':
      return signed(sent.header('x-hub-signature-256'), 'sha256=', sent.raw, secrets)
    case 'grafana':
      return sent.header(grafana.signature) === undefined
        ? presented(sent, secrets)
        : grafanaSigned(sent, secrets, grafana, nowMs)
    case 'alertmanager':
    case 'datadog':
    case 'opsgenie':
    case 'jsm':
      return presented(sent, secrets)
  }
}

/** `v1=…,v1=…`: one signature for each secret that PagerDuty knows; any of them counts. */
function pagerduty({ raw, header }: Sent, secrets: readonly string[]): Authentication {
  const given = header('x-pagerduty-signature')
  if (given === undefined) return 'unsigned'
  const each = given.split(',', mostSignatures).map((one) => one.trim())
  const verdicts = each.map((one) => signed(one, 'v1=', raw, secrets))
  return verdicts.includes('genuine') ? 'genuine' : 'forged'
}
const mostSignatures = 10

function grafanaSigned(
  { raw, header }: Sent,
  secrets: readonly string[],
  { signature, timestamp }: GrafanaHeaders,
  nowMs: number,
): Authentication {
  const at = header(timestamp)
  // Without a time it could be sent again for ever.
  if (at === undefined) return 'unsigned'
  if (!/^\d{1,12}$/.test(at)) return 'forged'
  const verdict = signed(
    header(signature),
    '',
    Buffer.concat([Buffer.from(`${at}:`), raw]),
    secrets,
  )
  if (verdict !== 'genuine') return verdict
  return Math.abs(nowMs / 1_000 - Number(at)) > windowSeconds ? 'stale' : 'genuine'
}

/** HMAC-SHA256 in hex behind `prefix`. */
function signed(
  given: string | undefined,
  prefix: string,
  over: Uint8Array,
  secrets: readonly string[],
): Authentication {
  if (given === undefined) return 'unsigned'
  const hex = given.startsWith(prefix) ? given.slice(prefix.length) : ''
  if (!/^[0-9a-f]{64}$/.test(hex)) return 'forged'
  const claimed = Buffer.from(hex, 'hex')
  const matches = secrets.map((secret) =>
    timingSafeEqual(claimed, createHmac('sha256', secret).update(over).digest()),
  )
  return matches.includes(true) ? 'genuine' : 'forged'
}

/** The secret itself: as a bearer token, as the password of basic authentication, or in a header of ours. */
export function presented(
  { header }: Pick<Sent, 'header'>,
  secrets: readonly string[],
): Exclude<Authentication, 'stale'> {
  const given = header('x-countermand-secret') ?? credential(header('authorization'))
  if (given === undefined) return 'unsigned'
  const claimed = digest(given)
  const matches = secrets.map((secret) => timingSafeEqual(claimed, digest(secret)))
  return matches.includes(true) ? 'genuine' : 'forged'
}

function credential(authorization: string | undefined): string | undefined {
  const [scheme = '', ...rest] = authorization?.trim().split(/ +/) ?? []
  const value = rest.join(' ')
  // Some can only be told the whole header: then it is the secret.
  if (value === '') return scheme || undefined
  if (scheme.toLowerCase() !== 'basic') return value
  const text = Buffer.from(value, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

/** Of one length, whatever was given: how long the secret is stays unknown, too. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
