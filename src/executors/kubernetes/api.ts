import type { HttpMethod } from '@kubernetes/client-node'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Json } from '#domain/json.ts'
import type { Connection } from './connection.ts'
import { ApiFailure, asNotAllowed, hasCode, isUnknownOutcome, noAnswer } from './failure.ts'
import { type WatchEvent, watchEvents, watchTimeoutMs } from './watch.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Listed<Item> {
  readonly items: readonly Item[]
  readonly resourceVersion: string
}

/** The requests this executor makes. Reads are repeated after 5xx and broken connections, changes never; 429 waits as told. */
export interface KubernetesApi {
  readonly context: string | undefined
  readonly waits: Waits
  /** `undefined` when there is none of that name. */
  get<Item>(path: string, as: z.ZodType<Item>, signal: AbortSignal): Promise<Item | undefined>
  list<Item>(
    path: string,
    as: z.ZodType<Item>,
    query: Query,
    signal: AbortSignal,
  ): Promise<Listed<Item>>
  text(path: string, query: Query, signal: AbortSignal): Promise<string>
  /** A JSON Patch. Throws `NotAllowed`, `ApiFailure`, or `NoAnswer` when it is not known whether it was made. */
  patch<Item>(
    path: string,
    operations: readonly PatchOperation[],
    as: z.ZodType<Item>,
    query: Query,
    signal: AbortSignal,
  ): Promise<Item>
  /** Fails with 409 where there is one of that name. Throws like `patch`. */
  create<Item>(
    path: string,
    object: Json,
    as: z.ZodType<Item>,
    query: Query,
    signal: AbortSignal,
  ): Promise<Item>
  delete(path: string, body: Json, signal: AbortSignal): Promise<void>
  /** A question that has to be posted, such as an access review. Changes nothing, and is repeated like a read. */
  ask<Item>(path: string, body: Json, as: z.ZodType<Item>, signal: AbortSignal): Promise<Item>
  watch(path: string, query: Query, signal: AbortSignal): AsyncIterable<WatchEvent>
}

export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace' | 'remove'
  readonly path: string
  readonly value?: Json
}

/** How long a cluster is waited for. */
export interface Waits {
  /** Before a request is made for a second time; longer before each further time. */
  readonly retryMs: number
  /** Until the API server acts on an object that was just changed: it learns of one within about 70 ms. */
  readonly policyMs: number
  /** A controller's "deadline exceeded" may be the last rollout's for a moment; what lasts this long is meant. */
  readonly complaintMs: number
  /** Between two looks at pods, which get into trouble without a word in the workload's own object, and at what Flagger makes of open gates. */
  readonly lookMs: number
  /** Longer than the server lets a watch go on. */
  readonly watchMs: number
}

/** A request without an answer by then counts as unanswered. */
const usualTimeoutMs = 10_000
const usualWaits: Waits = {
  retryMs: 200,
  policyMs: 2_000,
  complaintMs: 3_000,
  lookMs: 1_000,
  watchMs: watchTimeoutMs,
}
const readAttempts = 4
const pageSize = 500
const anything = z.unknown()

export function kubernetesApi(
  connection: Connection,
  {
    requestTimeoutMs = usualTimeoutMs,
    waits: others = {},
    beforeChange = () => undefined,
  }: {
    readonly requestTimeoutMs?: number
    /** Where other than usual. */
    readonly waits?: Partial<Waits>
    /** Throws when nothing may be changed any more. */
    readonly beforeChange?: () => void
  } = {},
): KubernetesApi {
  const waits = { ...usualWaits, ...others }
  interface Sent {
    readonly query?: Query
    readonly body?: Json
    readonly contentType?: string
  }
  async function once(method: HttpMethod, path: string, sent: Sent, signal: AbortSignal) {
    for (;;) {
      if (method !== 'GET') beforeChange()
      const response = await connection.send(method, withQuery(path, sent.query), {
        ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
        headers: sent.body === undefined ? {} : { 'Content-Type': sent.contentType ?? json },
        signal,
        timeoutMs: requestTimeoutMs,
      })
      const text = await response.body.text().catch((error: unknown) => {
        signal.throwIfAborted()
        throw noAnswer(connection.server, error)
      })
      if (response.httpStatusCode < 400) return text
      const failure = new ApiFailure(response.httpStatusCode, text, response.headers['retry-after'])
      if (failure.code !== 429) throw asNotAllowed(failure) ?? failure
      await pause(failure.retryAfterMs ?? 1_000, signal)
    }
  }
  const read = (path: string, query: Query, signal: AbortSignal) =>
    patiently('GET', path, { query }, signal)
  async function patiently(method: HttpMethod, path: string, sent: Sent, signal: AbortSignal) {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await once(method, path, sent, signal)
      } catch (error) {
        if (!isUnknownOutcome(error) || attempt >= readAttempts) throw error
        await pause(waits.retryMs * 2 ** (attempt - 1), signal)
      }
  }

  return {
    context: connection.context,
    waits,
    async get(path, as, signal) {
      try {
        return as.parse(JSON.parse(await read(path, {}, signal)))
      } catch (error) {
        if (hasCode(error, 404)) return undefined
        throw error
      }
    },
    list: (path, as, query, signal) =>
      allPages(async (page) => {
        const text = await read(path, { ...query, ...page, limit: pageSize }, signal)
        return List(as).parse(JSON.parse(text))
      }),
    text: read,
    async patch(path, operations, as, query, signal) {
      const sent = { body: operations as unknown as Json, contentType: jsonPatch, query }
      return as.parse(JSON.parse(await once('PATCH', path, sent, signal)))
    },
    async create(path, object, as, query, signal) {
      return as.parse(JSON.parse(await once('POST', path, { body: object, query }, signal)))
    },
    async delete(path, body, signal) {
      await once('DELETE', path, { body }, signal)
    },
    async ask(path, body, as, signal) {
      return as.parse(JSON.parse(await patiently('POST', path, { body }, signal)))
    },
    watch: (path, query, signal) =>
      watchEvents(connection, withQuery(path, { ...query, watch: true }), waits.watchMs, signal),
  }
}

const json = 'application/json'
const jsonPatch = 'application/json-patch+json'

const List = <Item>(as: z.ZodType<Item>) =>
  z.object({
    metadata: z.object({
      resourceVersion: z.string().default(''),
      continue: z.string().optional(),
    }),
    items: z
      .array(anything)
      .nullable()
      .transform((items) => (items ?? []).map((item) => as.parse(item))),
  })

interface Page<Item> {
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string | undefined
  }
  readonly items: readonly Item[]
}

/** A list too long for one answer; when its snapshot expires between two pages (410) it is read again from the start. */
async function allPages<Item>(
  page: (query: Query) => Promise<Page<Item>>,
  attempt = 1,
): Promise<Listed<Item>> {
  const items: Item[] = []
  let next: string | undefined
  try {
    for (;;) {
      const { metadata, items: some } = await page({ continue: next })
      items.push(...some)
      next = metadata.continue || undefined
      if (!next) return { items, resourceVersion: metadata.resourceVersion }
    }
  } catch (error) {
    if (hasCode(error, 410) && attempt < readAttempts) return allPages(page, attempt + 1)
    throw error
  }
}

/** Ends early, by throwing the signal's reason, when the caller has no time left. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) parameters.set(key, String(value))
  return parameters.size > 0 ? `${path}?${parameters.toString()}` : path
}
