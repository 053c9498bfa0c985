import { Agent, type RequestOptions, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { KubeConfig } from '@kubernetes/client-node'

export interface Answer {
  readonly status: number
  /** JSON as it came; other text as `{ text }`. */
  readonly body: { readonly [name: string]: unknown }
}

/** Impersonation: `{ 'impersonate-user': 'jane', 'impersonate-group': ['system:masters'] }`. */
export type As = Readonly<Record<string, string | readonly string[]>>

export interface Upstream {
  readonly url: string
  readonly ca: string | undefined
  readonly options: RequestOptions
}

export type Client = Awaited<ReturnType<typeof clientOf>>

const mergePatch = 'application/merge-patch+json'

/** Speaks to a real API server with the rights of a kubeconfig's current context. */
export async function clientOf(kubeconfigPath: string) {
  const upstream = await upstreamOf(kubeconfigPath)

  /** With other headers than the kubeconfig's, where they are given. */
  function send(
    method: string,
    path: string,
    body?: unknown,
    headers: As = {},
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${upstream.url}${path}`,
        {
          ...upstream.options,
          method,
          headers: {
            ...upstream.options.headers,
            // Node leaves the length of a DELETE's body out, and the server then takes the body for the next request.
            ...(sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }),
            ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(signal ? { signal } : {}),
        },
        resolve,
      )
      outgoing.once('error', reject)
      outgoing.end(sent)
    })
  }

  async function ask(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
    as: As = {},
  ) {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': type }
    const answered = await send(method, path, body, { ...headers, ...as })
    const text = await textOf(answered)
    const isJson = answered.headers['content-type']?.startsWith('application/json') ?? false
    return {
      status: answered.statusCode ?? 0,
      body: (isJson ? JSON.parse(text) : { text }) as Answer['body'],
    } satisfies Answer
  }

  /** Throws what the server said against it. */
  async function must(method: string, path: string, body?: unknown, type?: string) {
    const answer = await ask(method, path, body, type)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${answer.status} ${String(answer.body['message'])}`)
  }

  return {
    upstream,
    send,
    ask,
    must,
    merge: (path: string, body: unknown) => must('PATCH', path, body, mergePatch),
    /** The lines of a watch as objects, until the server or the signal ends it. */
    async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
      const answered = await send('GET', path, undefined, {}, signal)
      let rest = ''
      for await (const chunk of answered.setEncoding('utf8')) {
        const lines = (rest + String(chunk)).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) yield JSON.parse(line) as WatchEvent
      }
    },
    close: () => (upstream.options.agent as Agent).destroy(),
  }
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

async function upstreamOf(kubeconfigPath: string): Promise<Upstream> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfigPath)
  const url = config.getCurrentCluster()?.server
  if (!url) throw new Error(`${kubeconfigPath} names no cluster`)
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, rejectUnauthorized } = options
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ...tls })
  return {
    url: url.replace(/\/$/, ''),
    ca: ca === undefined ? undefined : String(ca),
    options: { headers: options.headers ?? {}, agent },
  }
}

export const jsonOf = async (answered: IncomingMessage): Promise<unknown> =>
  JSON.parse(await textOf(answered))

async function textOf(answered: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answered) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
