import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { type Address, pinnedTo } from '#addresses.ts'

export interface PinnedRequest {
  readonly signal: AbortSignal
  /** Bytes of the answer that are read; whatever it is sent as, it is not unpacked. */
  readonly limit: number
  readonly headers: Readonly<Record<string, string>>
  /** Posted as a form. */
  readonly form?: URLSearchParams
  /** Posted as JSON. */
  readonly json?: string
  /** Where it is neither GET for a question nor POST for what is sent. */
  readonly method?: 'PATCH' | 'PUT' | 'POST'
  /** Of what is sent, where the plain type says too little. */
  readonly contentType?: string
}

export interface PinnedAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly retryAfter: string | undefined
  readonly etag: string | undefined
  readonly text: string
  readonly isCut: boolean
}

/** Asks once, at the addresses that were checked (`addressesOf`) and no other. Follows no redirect. Rejects when no answer comes. */
export async function pinnedRequest(
  url: URL,
  addresses: readonly Address[],
  { signal, limit, headers: given, form, json, method, contentType }: PinnedRequest,
): Promise<PinnedAnswer> {
  const send = url.protocol === 'https:' ? secureRequest : plainRequest
  const body = json ?? form?.toString()
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  send(
    url,
    {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      // A connection of its own: a kept one may lead to an address that was not checked.
      agent: false,
      lookup: pinnedTo(addresses),
      signal,
      headers: {
        'user-agent': 'countermand',
        ...given,
        ...(body === undefined
          ? {}
          : {
              'content-type':
                contentType ??
                (json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'),
              'content-length': String(Buffer.byteLength(body)),
            }),
      },
    },
    resolve,
  )
    .on('error', reject)
    .end(body)
  const message = await promise
  const { text, isCut } = await read(message, limit)
  const { statusCode: status = 0, headers } = message
  const { location } = headers
  const { 'retry-after': retryAfter, etag } = headers
  return { status, location, retryAfter, etag, text, isCut }
}

/** To the end where it is short, for whoever sends it may mind being cut off. */
async function read(message: AsyncIterable<Uint8Array>, limit: number) {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of message) {
    chunks.push(chunk)
    size += chunk.length
    // Leaving closes the connection.
    if (size > limit) break
  }
  const text = Buffer.concat(chunks).subarray(0, limit).toString('utf8')
  return { text, isCut: size > limit }
}
