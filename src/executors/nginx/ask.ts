import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import { createHash } from 'node:crypto'
import { type Address, addressesOf, pinnedTo, resolveAll } from '#addresses.ts'
import { type RevisionId, revisionId } from '#domain/ids.ts'
import type { NginxTarget } from './schema.ts'

const longestMs = 5_000

/** What somebody answered once; `version` as the header has it. */
export interface Answered {
  readonly ok: boolean
  readonly version: string | undefined
  /** Why not, in a clause. */
  readonly why: string
}

/** Asks an address over a connection of its own: one that was kept open would reach a former worker of nginx. */
export async function ask(url: string, header: string, signal: AbortSignal): Promise<Answered> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(longestMs)])
  try {
    const addresses = await addressesOf(new URL(url).hostname, resolveAll, inTime)
    return await answerOf(url, addresses, header, inTime)
  } catch (error) {
    if (signal.aborted) throw error
    const told = error instanceof Error ? error.message : String(error)
    const why = inTime.aborted ? `gives no answer in ${longestMs / 1_000} s` : told
    return { ok: false, version: undefined, why }
  }
}

const answerOf = (
  url: string,
  addresses: readonly Address[],
  header: string,
  signal: AbortSignal,
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const begin = url.startsWith('https:') ? overTls : overHttp
    const lookup = pinnedTo(addresses)
    const options = { agent: false, signal, lookup, headers: { connection: 'close' } }
    const request = begin(url, options, (response) => {
      response.resume()
      const { statusCode = 0, headers } = response
      const told = headers[header.toLowerCase()]
      const version = typeof told === 'string' && told !== '' ? told.slice(0, 100) : undefined
      resolve({ ok: statusCode >= 200 && statusCode < 300, version, why: `answers ${statusCode}` })
    })
    request.once('error', reject)
    request.end()
  })

/** Twice in a row, directly: one good answer of a slot that nobody uses proves little. */
export async function askSlot(
  { slots, versionHeader }: NginxTarget,
  slot: string,
  signal: AbortSignal,
): Promise<Answered> {
  const url = slots[slot]?.health ?? ''
  const first = await ask(url, versionHeader, signal)
  return first.ok ? ask(url, versionHeader, signal) : first
}

/** A version is what its slot calls itself, whichever slot that is. */
export const revisionOf = (version: string): RevisionId =>
  revisionId(`sha256:${createHash('sha256').update(version).digest('hex')}`)

export const versionName = (version: string): string =>
  /^\d+(\.\d+)+/.test(version) ? `v${version}` : version

const atOnce = 16

/** What answered through nginx. */
export interface Sampled {
  /** How often it was asked. */
  readonly count: number
  /** How often each version did, of those who answered well. */
  readonly versions: ReadonlyMap<string, number>
  /** How often somebody answered otherwise, or without saying who. */
  readonly failed: number
}

/** Asks who answers through nginx now, `count` times. */
export async function sampled(
  { front, versionHeader }: NginxTarget,
  count: number,
  signal: AbortSignal,
): Promise<Sampled> {
  const versions = new Map<string, number>()
  let failed = 0
  let left = count
  const askOn = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1
      const { ok, version } = await ask(front, versionHeader, signal)
      if (ok && version !== undefined) versions.set(version, (versions.get(version) ?? 0) + 1)
      else failed += 1
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, askOn))
  return { count, versions, failed }
}
