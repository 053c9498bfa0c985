import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { cut } from '#sandbox/cluster/logs-endpoint.ts'
import type { Pod } from '#sandbox/cluster/objects.ts'
import type { Logs } from '#sandbox/cluster/pod-logs.ts'
import { isTrue } from '#sandbox/cluster/route.ts'
import { selfSigned } from './self-signed.ts'

/** What the API server asks a node for when somebody reads `pods/log`: `/containerLogs/{namespace}/{pod}/{container}`. */
export async function serveLogs(
  find: (namespace: string, name: string) => Pod | undefined,
  logs: Logs,
) {
  const server = createServer(selfSigned('node'), (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'https://node')
    const [, what, namespace = '', name = '', container = ''] = pathname.split('/')
    const pod = what === 'containerLogs' ? find(namespace, name) : undefined
    const isPrevious = isTrue(searchParams.get('previous'))
    const lines = pod && logs.read(pod.metadata.uid, container, isPrevious)
    if (lines !== undefined) return void response.end(cut(lines, searchParams))
    response.statusCode = pod && isPrevious ? 400 : 404
    response.end(
      isPrevious
        ? `previous terminated container "${container}" in pod "${name}" not found`
        : `container "${container}" of pod "${name}" has no log`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
