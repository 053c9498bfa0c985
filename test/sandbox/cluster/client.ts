import type { Cluster } from '#sandbox/cluster/index.ts'
import type { Deployment, Fields, PodTemplate } from '#sandbox/cluster/objects.ts'

export const jsonPatchType = 'application/json-patch+json'
export const mergePatchType = 'application/merge-patch+json'
export const strategicPatchType = 'application/strategic-merge-patch+json'

export interface Answer {
  readonly status: number
  readonly body: { readonly [name: string]: unknown }
}

/** Speaks to the pretend cluster as any client does: over HTTP, with an administrator's rights unless told otherwise. */
export function clientOf(cluster: Cluster, token = cluster.adminToken) {
  const headers = { authorization: `Bearer ${token}` }
  async function ask(method: string, path: string, body?: unknown, type = 'application/json') {
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type') === 'application/json'
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : { text }) as Answer['body'],
    } satisfies Answer
  }
  return {
    ask,
    get: (path: string) => ask('GET', path),
    patch: (path: string, body: unknown, type = jsonPatchType) => ask('PATCH', path, body, type),
  }
}

export interface WatchEvent {
  readonly type: string
  /** A Status, where `type` is ERROR. */
  readonly object: Deployment & { readonly code?: number; readonly reason?: string }
}

/** Reads a watch line by line until `signal`, the server or the caller ends it. */
export async function* watch(
  cluster: Cluster,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const response = await fetch(`${cluster.url}${path}`, {
    headers: { authorization: `Bearer ${cluster.token}` },
    signal,
  })
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as WatchEvent
  }
}

/** Waits for a fact about the cluster, looking again after every change. */
export function until(cluster: Cluster, holds: () => boolean, withinMs = 40_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!holds()) return
      clearTimeout(timer)
      stop()
      resolve()
    }
    const stop = cluster.onChange(() => queueMicrotask(look))
    const timer = setTimeout(() => {
      stop()
      const seen = cluster.list('Deployment').map(({ metadata, status }) => [metadata.name, status])
      reject(
        new Error(
          `not reached within ${withinMs} ms: ${holds.toString()}; ${JSON.stringify(seen)}`,
        ),
      )
    }, withinMs)
    look()
  })
}

export const deploymentsPath = '/apis/apps/v1/namespaces/production/deployments'

/** A Deployment of one container, with whatever a test needs to be different. */
export function aDeployment(name: string, image: string, spec: Fields = {}): Fields {
  return { apiVersion: 'apps/v1', kind: 'Deployment', ...workload(name, image, spec) }
}

export function aStatefulSet(name: string, image: string, spec: Fields = {}): Fields {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    ...workload(name, image, { serviceName: name, ...spec }),
  }
}

export function aDaemonSet(name: string, image: string, spec: Fields = {}): Fields {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', ...workload(name, image, spec) }
}

function workload(name: string, image: string, spec: Fields): Fields {
  return {
    metadata: { name, namespace: 'production', labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image }] },
      },
      ...spec,
    },
  }
}

/** The template a Deployment's ReplicaSet keeps for an image, without the label of its hash. */
export function templateOf(cluster: Cluster, name: string, image: string): PodTemplate {
  const set = cluster
    .list('ReplicaSet', 'production')
    .find(
      (one) =>
        one.metadata.ownerReferences?.[0]?.name === name &&
        one.spec.template.spec.containers[0]?.image === image,
    )
  if (set === undefined) throw new Error(`no ReplicaSet of ${name} with ${image}`)
  const { 'pod-template-hash': _, ...labels } = set.spec.template.metadata?.labels ?? {}
  return { ...set.spec.template, metadata: { ...set.spec.template.metadata, labels } }
}

export const isRolledOut = (cluster: Cluster, name: string, image: string): boolean => {
  const found = cluster.get('Deployment', 'production', name)
  return (
    found?.spec.template.spec.containers[0]?.image === image &&
    found.status.observedGeneration === found.metadata.generation &&
    (found.status.updatedReplicas ?? 0) === found.spec.replicas &&
    (found.status.replicas ?? 0) === found.spec.replicas &&
    (found.status.availableReplicas ?? 0) === found.spec.replicas
  )
}
