import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Account {
  readonly username: string
  readonly groups?: readonly string[]
}

/** An API server that knows whose token is whose, and answers a SelfSubjectReview about it. */
export async function startReviewer(accounts: ReadonlyMap<string, Account>) {
  const received: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    received.push(`${method} ${url}`)
    request.resume()
    const token = headers.authorization?.replace(/^Bearer /, '') ?? ''
    const account = accounts.get(token)
    const isReview = url === '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const [status, body] = !account
      ? [401, failure(401, 'Unauthorized')]
      : !isReview || method !== 'POST'
        ? [404, failure(404, 'the server could not find the requested resource')]
        : [
            201,
            {
              kind: 'SelfSubjectReview',
              apiVersion: 'authentication.k8s.io/v1',
              metadata: { creationTimestamp: null },
              status: {
                userInfo: { username: account.username, groups: account.groups ?? [], extra: {} },
              },
            },
          ]
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    received,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A kubeconfig with one context, as `kubectl` writes it. */
export const kubeconfigFor = (server: string, token: string): string => `apiVersion: v1
kind: Config
current-context: here
clusters:
  - name: cluster
    cluster: { server: ${JSON.stringify(server)} }
users:
  - name: me
    user: { token: ${JSON.stringify(token)} }
contexts:
  - name: here
    context: { cluster: cluster, user: me }
`

const failure = (code: number, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  code,
})
