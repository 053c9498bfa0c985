import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Faults } from '#sandbox/cluster/faults.ts'
import { readBody } from '#sandbox/cluster/http.ts'
import { Refusal } from './refusal.ts'

export interface AzureExchange {
  readonly method: string
  readonly path: string
  readonly version: string
  readonly request: unknown
  readonly status: number
  readonly answer: unknown
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface Parts {
  readonly faults: Faults
  /** Of a region: nobody answers there. */
  readonly isLost: (region: string) => boolean
  readonly answer: (method: string, path: string, version: string, body: unknown) => Answer
  readonly seen: (exchange: AzureExchange) => void
}

/** Speaks as Azure Resource Manager does on loopback, with trouble where it is asked for, and as the gateways of Cosmos DB's regions. */
export async function serveAzure({ faults, isLost, answer, seen }: Parts) {
  const late = new Set<NodeJS.Timeout>()

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://azure')
    const gateway = /^\/gateway\/(.+)$/.exec(path)?.[1]
    if (gateway !== undefined) {
      // A region that is gone answers nobody; one that is there wants a key.
      if (isLost(gateway)) request.socket.destroy()
      else
        write(response, {
          status: faults.take(method, path)?.status ?? 401,
          body: { code: 'Unauthorized' },
        })
      return
    }
    const text = await readBody(request)
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const version = searchParams.get('api-version') ?? ''
    const answered = (): Answer => {
      const said = attempt(() => {
        if (!/^Bearer \S+$/.test(headers.authorization ?? ''))
          throw new Refusal(401, 'AuthenticationFailed', 'The header Authorization is missing.')
        return answer(method, path, version, body)
      })
      seen({
        method,
        path,
        version,
        request: body,
        status: said.status,
        answer: JSON.parse(JSON.stringify(said.body ?? null)),
      })
      return said
    }
    const fault = faults.take(method, path)
    if (fault?.cut) {
      if (fault.cut === 'after') answered()
      request.socket.destroy()
      return
    }
    if (fault?.status !== undefined)
      return write(response, {
        status: fault.status,
        body: { error: { code: fault.reason ?? 'Trouble', message: fault.message ?? 'trouble' } },
      })
    if (fault?.delayMs === undefined) return write(response, answered())
    // Whoever has given up by then does not stop it.
    const timer = setTimeout(() => {
      late.delete(timer)
      const said = answered()
      if (!response.destroyed) write(response, said)
    }, fault.delayMs)
    late.add(timer)
  }

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) =>
      write(response, { status: 500, body: { error: { code: 'Bug', message: String(error) } } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        for (const timer of late) clearTimeout(timer)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function attempt(answer: () => Answer): Answer {
  try {
    return answer()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, status } = error
    return { status, body: { error: { code, message } } }
  }
}

function write(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
