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

/** Enough that a share of traffic which should be none would show. */
const samples = 8

/** Which versions answer through nginx now, each once; `undefined` for an answer without one. */
export async function sampled(
  { front, versionHeader }: NginxTarget,
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const all = await Promise.all(
    Array.from({ length: samples }, () => ask(front, versionHeader, signal)),
  )
  return [...new Set(all.map(({ ok, version }) => (ok ? version : undefined)))]
}
