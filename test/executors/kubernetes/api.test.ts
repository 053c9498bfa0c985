import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { kubernetesApi } from '#executors/kubernetes/api.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import { NoAnswer, noAnswer } from '#executors/kubernetes/failure.ts'
import { selfSigned } from '../../control-plane/self-signed.ts'
import { aWorld, signal } from './world.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function kubeconfig(server: string, token = 't', ca?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  closing.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'config')
  await writeFile(
    path,
    `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "${server}"${ca ? `, certificate-authority-data: ${Buffer.from(ca).toString('base64')}` : ''} } }]
users: [{ name: u, user: { token: ${token} } }]
contexts: [{ name: main, context: { cluster: c, user: u } }]
current-context: main
`,
  )
  return path
}

const serving = (listener: RequestListener): Promise<number> => listening(createServer(listener))

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const Named = z.object({ name: z.string() })

test('an error that comes within a watch ends it, with its code, and is no change of anything', async () => {
  const tooOld = { kind: 'Status', code: 410, message: 'too old resource version: 1 (2)' }
  const port = await serving((_request, response) =>
    response.end(`${JSON.stringify({ type: 'ERROR', object: tooOld })}\n`),
  )
  const api = kubernetesApi(connect({ kubeconfig: await kubeconfig(`http://127.0.0.1:${port}`) }))
  const events: string[] = []

  const watched = (async () => {
    for await (const { type } of api.watch('/pods', {}, signal())) events.push(type)
  })()

  await expect(watched).rejects.toMatchObject({ code: 410 })
  expect(events).toEqual([])
})

test('a watch on a connection whose other end is gone without a word does not hang for ever', async () => {
  const added = JSON.stringify({ type: 'ADDED', object: {} })
  const port = await serving((_request, response) => response.write(`${added}\n`))
  const kept = await kubeconfig(`http://127.0.0.1:${port}`)
  const api = kubernetesApi(connect({ kubeconfig: kept }), { waits: { watchMs: 1_000 } })
  const events: string[] = []

  const watched = (async () => {
    for await (const { type } of api.watch('/pods', {}, signal())) events.push(type)
  })()

  await expect(watched).rejects.toThrow(NoAnswer)
  expect(events).toEqual(['ADDED'])
})

test('two clusters whose users have one name are each asked with their own token', async () => {
  const asked: string[] = []
  const port = await serving((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`)
    response.end(JSON.stringify({ name: 'x' }))
  })
  const server = `http://127.0.0.1:${port}`
  const apis = await Promise.all(
    ['one', 'two'].map(async (token) =>
      kubernetesApi(connect({ kubeconfig: await kubeconfig(server, token) })),
    ),
  )
  for (const [index, api] of [...apis, ...apis].entries())
    await api.get(`/${index}`, Named, signal())

  expect(asked).toEqual(['/0 Bearer one', '/1 Bearer two', '/2 Bearer one', '/3 Bearer two'])
})

describe('the client', () => {
  test('reads a list to its last page, and from the start when its snapshot expires in between', async () => {
    const asked: (string | null)[] = []
    const port = await serving((request, response) => {
      const next = new URL(request.url ?? '', 'http://x').searchParams.get('continue')
      asked.push(next)
      const isExpired = next === 'p2' && asked.length === 2
      response.statusCode = isExpired ? 410 : 200
      const metadata = { resourceVersion: '7', ...(next ? {} : { continue: 'p2' }) }
      response.end(
        JSON.stringify(
          isExpired ? { message: 'expired' } : { metadata, items: [{ name: next ?? 'p1' }] },
        ),
      )
    })
    const api = kubernetesApi(connect({ kubeconfig: await kubeconfig(`http://127.0.0.1:${port}`) }))

    const { items, resourceVersion } = await api.list('/api/v1/pods', Named, {}, signal())

    expect(items).toEqual([{ name: 'p1' }, { name: 'p2' }])
    expect(resourceVersion).toBe('7')
    expect(asked).toEqual([null, 'p2', null, 'p2'])
  })

  test('repeats a read and a question after 5xx, but no change', async () => {
    const seen: string[] = []
    const port = await serving((request, response) => {
      seen.push(request.method ?? '')
      const isFirst = seen.filter((method) => method === request.method).length === 1
      response.statusCode = isFirst ? 503 : 200
      response.end('{"name":"x"}')
    })
    const api = kubernetesApi(connect({ kubeconfig: await kubeconfig(`http://127.0.0.1:${port}`) }))

    expect(await api.get('/api/v1/x', Named, signal())).toEqual({ name: 'x' })
    expect(await api.ask('/api/v1/x', {}, Named, signal())).toEqual({ name: 'x' })
    await expect(api.delete('/api/v1/x', {}, signal())).rejects.toThrow('answered 503')

    expect(seen).toEqual(['GET', 'GET', 'POST', 'POST', 'DELETE'])
  })

  test('T082 waits as long as Retry-After says', async () => {
    let count = 0
    const port = await serving((_request, response) => {
      count += 1
      if (count === 1) response.writeHead(429, { 'retry-after': '1' })
      response.end('{"name":"x"}')
    })
    const api = kubernetesApi(connect({ kubeconfig: await kubeconfig(`http://127.0.0.1:${port}`) }))
    const started = performance.now()

    await api.get('/api/v1/x', Named, signal())

    expect(performance.now() - started).toBeGreaterThan(950)
    expect(count).toBe(2)
  })

  test('T086 says in a sentence that a server does not speak TLS, and sends nothing in the clear', async () => {
    let requests = 0
    const port = await serving((_request, response) => {
      requests += 1
      response.end()
    })
    const server = `https://127.0.0.1:${port}`
    const api = kubernetesApi(connect({ kubeconfig: await kubeconfig(server) }))

    await expect(api.get('/api/v1/x', Named, signal())).rejects.toThrow(
      `${server} cannot be reached: it does not speak TLS`,
    )
    expect(requests).toBe(0)
  })

  test('T086 sends nothing to a server whose certificate nobody it knows has signed, has expired, or is for another name', async () => {
    let requests = 0
    const answerOf = async (expiresInMs: number, isKnown: boolean): Promise<unknown> => {
      const certificate = selfSigned('elsewhere', expiresInMs)
      const port = await listening(
        createSecureServer(certificate, (_request, response) => {
          requests += 1
          response.end('{"name":"x"}')
        }),
      )
      const server = `https://127.0.0.1:${port}`
      const path = await kubeconfig(server, 't', isKnown ? certificate.cert : undefined)
      return kubernetesApi(connect({ kubeconfig: path }))
        .get('/api/v1/x', Named, signal())
        .catch((error: unknown) => String(error).replace(server, 'It'))
    }
    const day = 86_400_000

    const answers = await Promise.all([
      answerOf(day, false),
      answerOf(-60_000, true),
      answerOf(day, true),
    ])

    expect(answers).toEqual([
      "NoAnswer: It cannot be reached: its certificate is not signed by the kubeconfig's CA; correct certificate-authority",
      'NoAnswer: It cannot be reached: its certificate has expired; renew it on the API server',
      'NoAnswer: It cannot be reached: its certificate is for another name; correct the server address or tls-server-name in the kubeconfig',
    ])
    expect(requests).toBe(0)
  })

  test.for([
    ['CERT_HAS_EXPIRED', 'its certificate has expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', "not signed by the kubeconfig's CA"],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another name'],
    ['ECONNREFUSED', 'the connection was refused'],
  ] as const)('explains %s', ([code, words]) => {
    const fetchFailed = new TypeError('fetch failed', {
      cause: Object.assign(new Error('x'), { code }),
    })

    expect(noAnswer('https://k', fetchFailed).message).toContain(words)
  })

  test('T086 never speaks plain HTTP to another machine', async () => {
    const connection = connect({ kubeconfig: await kubeconfig('http://192.0.2.1:8080') })

    await expect(kubernetesApi(connection).get('/api/v1/x', Named, signal())).rejects.toThrow(
      'HTTP protocol is not allowed',
    )
  })

  test('names the contexts there are when the configured one is missing', async () => {
    const path = await kubeconfig('https://127.0.0.1:1')

    expect(() => connect({ kubeconfig: path, context: 'prod-eu' })).toThrow(
      'the kubeconfig has no context prod-eu; it has main',
    )
  })

  test('says what is wrong with credentials that cannot be read', () => {
    expect(() => connect({ kubeconfig: '/nowhere/config' })).toThrow(
      'the kubeconfig /nowhere/config cannot be read: ',
    )
    expect(() => connect({ inCluster: true })).toThrow(
      'inCluster only works in a pod of that cluster, and this is none: give it a context or a kubeconfig instead',
    )
  })
})

describe('a target', () => {
  test('is refused in sentences when its spec is wrong', async () => {
    const w = await aWorld()
    closing.push(w.close)
    const spec = { cluster: 'prod', namespace: 'Shop; rm', kind: 'cronjob' }

    expect(w.executor.problems(spec)).toEqual([
      'namespace: is not a Kubernetes name',
      expect.stringMatching(/^kind: .*deployment/),
      expect.stringMatching(/^name: /),
    ])
    expect(
      w.executor.problems({ cluster: 'mars', namespace: 'shop', kind: 'deployment', name: 'x' }),
    ).toEqual(['cluster: mars is not among the configured clusters (prod)'])
    expect(w.executor.problems(w.target.spec)).toEqual([])
  })
})

test('a plan names configuration that going back does not take along', async () => {
  const w = await aWorld({
    container: {
      envFrom: [{ configMapRef: { name: 'settings' } }, { configMapRef: { name: 'old' } }],
    },
  })
  closing.push(w.close)
  await w.cluster.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: w.namespace },
    data: { mode: 'fast' },
  })

  const { warnings } = await w.routeTo('v2.2.1')

  expect(warnings).toEqual([{ kind: 'config_changed', names: ['ConfigMap settings'] }])
})
