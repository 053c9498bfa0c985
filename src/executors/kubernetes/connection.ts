import {
  type HttpMethod,
  RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node/dist/gen/http/http.js'
import { IsomorphicFetchHttpLibrary } from '@kubernetes/client-node/dist/gen/http/isomorphic-fetch.js'
import { noAnswer } from './failure.ts'
import { KubeConfig } from './kube-config.ts'

/** Where a cluster's credentials come from. Without a path: `KUBECONFIG`, the home directory, or the pod's own account. */
export interface ClusterSource {
  readonly kubeconfig?: string
  readonly context?: string
  readonly inCluster?: boolean
  /** Somebody else's credentials, shown to the same server: from their kubeconfig, else where `kubectl` finds it. */
  readonly as?: { readonly kubeconfig?: string; readonly context?: string }
}

export interface Connection {
  readonly server: string
  /** As `kubectl --context` takes it; `undefined` inside the cluster. */
  readonly context: string | undefined
  /** Throws `NoAnswer` when none came; a signal that was aborted by its owner throws its reason. */
  send(
    method: HttpMethod,
    path: string,
    request: {
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly signal: AbortSignal
      readonly timeoutMs: number
    },
  ): Promise<ResponseContext>
}

/** Certificates and connections are renewed this often, for credentials that rotate on disk. */
const dispatcherLifeMs = 300_000

/** One KubeConfig per cluster: the library caches credentials by user name. Throws one sentence when it cannot be used. */
export function connect(source: ClusterSource): Connection {
  const config = kubeConfig(source)
  const server = config.getCurrentCluster()?.server
  if (!server) throw new Error(`the kubeconfig has no cluster for context ${source.context ?? ''}`)
  const http = new IsomorphicFetchHttpLibrary()
  let shared: { readonly dispatcher: Dispatcher; readonly until: number } | undefined

  return {
    server,
    context: source.inCluster ? undefined : config.getCurrentContext(),
    async send(method, path, { body, headers = {}, signal, timeoutMs }) {
      signal.throwIfAborted()
      const context = new RequestContext(`${server.replace(/\/$/, '')}${path}`, method)
      await config.applySecurityAuthentication(context)
      if (!shared || performance.now() > shared.until)
        shared = {
          dispatcher: context.getDispatcher(),
          until: performance.now() + dispatcherLifeMs,
        }
      if (shared.dispatcher) context.setDispatcher(shared.dispatcher)
      context.setHeaderParam('Accept', 'application/json')
      for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value)
      if (body !== undefined) context.setBody(body)
      context.setSignal(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
      try {
        return await http.send(context).toPromise()
      } catch (error) {
        signal.throwIfAborted()
        throw noAnswer(server, error)
      }
    },
  }
}

type Dispatcher = ReturnType<RequestContext['getDispatcher']>

function kubeConfig(source: ClusterSource): KubeConfig {
  const config = loaded(source)
  if (source.context) {
    const known = config.getContexts().map(({ name }) => name)
    if (!known.includes(source.context))
      throw new Error(
        `the kubeconfig has no context ${source.context}; it has ${known.join(', ') || 'none'}`,
      )
    config.setCurrentContext(source.context)
  }
  if (source.as) actAs(config, source.as)
  // Without TLS there is nothing to verify; off this machine the library refuses plain HTTP, which stays so.
  config.clusters = config.clusters.map((cluster) =>
    isLoopbackHttp(cluster.server) ? { ...cluster, skipTLSVerify: true } : cluster,
  )
  return config
}

/** The server and its certificate stay those that are configured: whoever wants to be known brings nothing but who they are. */
function actAs(
  config: KubeConfig,
  { kubeconfig, context }: NonNullable<ClusterSource['as']>,
): void {
  const own = loaded(kubeconfig === undefined ? {} : { kubeconfig })
  if (context !== undefined) own.setCurrentContext(context)
  const user = own.getCurrentUser()
  const cluster = config.getCurrentCluster()
  if (!user || !cluster)
    throw new Error(`the kubeconfig ${kubeconfig ?? ''} names no user`.replace('  ', ' '))
  config.loadFromClusterAndUser(cluster, { ...user, name: 'operating-user' })
}

function loaded({
  inCluster,
  kubeconfig,
}: Pick<ClusterSource, 'inCluster' | 'kubeconfig'>): KubeConfig {
  const config = new KubeConfig()
  if (inCluster && !process.env['KUBERNETES_SERVICE_HOST'])
    throw new Error(
      'inCluster only works in a pod of that cluster, and this is none: give it a context or a kubeconfig instead',
    )
  try {
    if (inCluster) config.loadFromCluster()
    else if (kubeconfig) config.loadFromFile(kubeconfig)
    else config.loadFromDefault()
    return config
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const what = inCluster
      ? "the pod's service account"
      : `the kubeconfig ${kubeconfig ?? ''}`.trim()
    throw new Error(`${what} cannot be read: ${why}`, { cause })
  }
}

function isLoopbackHttp(server: string): boolean {
  const { protocol, hostname } = new URL(server)
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
