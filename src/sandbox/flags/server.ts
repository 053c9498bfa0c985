import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { parse, readBody } from '#sandbox/cluster/http.ts'
import { FlagStore } from './store.ts'

export interface FlagRequest {
  readonly method: string
  /** Decoded, without the empty first one; the last one is empty where the path ends with a slash. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

export interface FlagAnswer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** How one provider speaks. What it does not know is answered as that provider does. */
export type Dialect = (request: FlagRequest, store: FlagStore, token: string) => FlagAnswer

/** A provider of flags on loopback: strict about what it is asked, with faults that can be switched on. */
export async function startFlags({
  dialect,
  token,
  now = () => new Date(),
}: {
  readonly dialect: Dialect
  readonly token: string
  readonly now?: () => Date
}) {
  const store = new FlagStore(now)
  const faults = createFaults()
  const seen: (Omit<FlagRequest, 'query'> & { readonly url: string })[] = []
  const late = new Set<NodeJS.Timeout>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://flags')
    const asked: FlagRequest = {
      method: request.method ?? '',
      path: url.pathname.slice(1).split('/').map(decodeURIComponent),
      query: url.searchParams,
      headers: request.headers,
      body: parse(await readBody(request)),
    }
    const { query: _, ...written } = asked
    const answered = (): FlagAnswer => {
      seen.push({ ...written, url: request.url ?? '' })
      return dialect(asked, store, token)
    }
    const fault = faults.take(asked.method, request.url ?? '')
    if (fault?.cut) {
      if (fault.cut === 'after') answered()
      request.socket.destroy()
    } else if (fault?.delayMs !== undefined) {
      const timer = setTimeout(() => {
        late.delete(timer)
        const answer = answered()
        if (!response.destroyed) write(response, answer)
      }, fault.delayMs)
      late.add(timer)
    } else if (fault?.status !== undefined)
      write(response, {
        status: fault.status,
        body: { message: fault.message ?? 'trouble' },
      })
    else write(response, answered())
  }
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      write(response, { status: 500, body: { message: String(error) } })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    store,
    faults,
    /** Everything that was asked, in its order. */
    seen,
    close: () =>
      new Promise<void>((resolve) => {
        for (const timer of late) clearTimeout(timer)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function write(response: ServerResponse, { status, body, headers = {} }: FlagAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}
