import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readBody } from '#sandbox/cluster/http.ts'
import type { Faults } from '#sandbox/cluster/faults.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { Refusal } from './ecs/refusal.ts'
import { asXml, readForm } from './query.ts'

export interface Exchange {
  readonly operation: string
  readonly request: unknown
  readonly status: number
  readonly answer: unknown
}

export interface JsonService {
  /** Of the header `X-Amz-Target`; `query` where a form is sent instead. */
  readonly target: string
  /** As it stands in the scope of a signature. */
  readonly signedFor: string
  answer(operation: string, request: unknown): Fields
  seen(exchange: Exchange): void
}

const names: Readonly<Record<number, string>> = {
  409: 'ConflictException',
  429: 'ThrottlingException',
  500: 'ServerException',
  503: 'ServiceUnavailableException',
}

/** Speaks AWS JSON 1.1 on loopback, and AWS's query protocol for the one service that has no other. Signatures must be there, and for this service; nobody here knows the key to check them. */
export async function serveJson(services: readonly JsonService[], faults: Faults) {
  const late = new Set<NodeJS.Timeout>()
  const server = createServer((request, response) => {
    void handle(services, faults, request, response, late).catch((error: unknown) => {
      writeJson(response, 500, { __type: 'ServerException', message: String(error) })
    })
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

async function handle(
  services: readonly JsonService[],
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  late: Set<NodeJS.Timeout>,
): Promise<void> {
  const text = await readBody(request)
  const isForm = String(request.headers['content-type']).startsWith(form)
  const [prefix, named = ''] = String(request.headers['x-amz-target']).split('.')
  const service = services.find(({ target }) => target === (isForm ? 'query' : prefix))
  const { operation, request: body } = isForm ? readForm(text) : { operation: named, request: text }
  const write = (status: number, answer: Fields) =>
    isForm
      ? send(response, status, 'text/xml', asXml(operation, status, answer))
      : writeJson(response, status, answer)
  const answered = (): { status: number; answer: Fields } => {
    const asked: unknown = typeof body === 'string' ? JSON.parse(body || '{}') : body
    const { status, answer } = attempt(service, request, operation, asked)
    // As it goes over the wire: without what is undefined.
    service?.seen({ operation, request: asked, status, answer: JSON.parse(JSON.stringify(answer)) })
    return { status, answer }
  }
  const fault = faults.take(request.method ?? '', `/${operation}`)
  if (fault?.cut) {
    if (fault.cut === 'after') answered()
    request.socket.destroy()
    return
  }
  if (fault?.delayMs !== undefined) {
    // Whoever has given up by then does not stop it.
    const timer = setTimeout(() => {
      late.delete(timer)
      const { status, answer } = answered()
      if (!response.destroyed) write(status, answer)
    }, fault.delayMs)
    late.add(timer)
    return
  }
  if (fault?.status !== undefined) {
    const name = fault.reason ?? names[fault.status] ?? 'ServerException'
    write(fault.status, { __type: name, message: fault.message ?? 'trouble' })
    return
  }
  const { status, answer } = answered()
  write(status, answer)
}

function attempt(
  service: JsonService | undefined,
  { headers }: IncomingMessage,
  operation: string,
  asked: unknown,
): { status: number; answer: Fields } {
  try {
    if (!service) throw new Refusal('UnknownOperationException', '')
    if (!isSigned(headers.authorization, service.signedFor))
      throw new Refusal('MissingAuthenticationTokenException', 'Missing Authentication Token')
    return { status: 200, answer: service.answer(operation, asked) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: error.status, answer: { __type: error.name, message: error.message } }
  }
}

const isSigned = (authorization: string | undefined, service: string): boolean =>
  new RegExp(
    `^AWS4-HMAC-SHA256 Credential=[^/]+/\\d{8}/[a-z0-9-]+/${service}/aws4_request, SignedHeaders=\\S*host\\S*, Signature=[0-9a-f]{64}$`,
  ).test(authorization ?? '')

const form = 'application/x-www-form-urlencoded'

const writeJson = (response: ServerResponse, status: number, body: Fields): void =>
  send(response, status, 'application/x-amz-json-1.1', JSON.stringify(body))

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}
