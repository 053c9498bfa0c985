import { z } from 'zod'
import type { KubernetesApi } from './api.ts'
import type { KubernetesTarget } from './schema.ts'

const Review = z.object({ status: z.object({ allowed: z.boolean() }) })

interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
}

/** Whether the credential may, by the cluster's own answer. */
export async function isAllowed(
  api: KubernetesApi,
  target: KubernetesTarget,
  { verb, group, resource, subresource, namespace = target.namespace }: Right,
  signal: AbortSignal,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        namespace,
        verb,
        group,
        resource,
        ...(subresource ? { subresource } : {}),
      },
    },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  return (await api.post(path, body, Review, signal)).status.allowed
}

/** What the credential lacks for this target, and what it holds beyond any need; sentences for the start of the bot. */
export async function accessProblems(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<{ readonly missing: readonly string[]; readonly tooBroad: readonly string[] }> {
  const ask = (rights: readonly Right[]) =>
    Promise.all(
      rights.map(async (right) => ({
        right,
        allowed: await isAllowed(api, target, right, signal),
      })),
    )
  const [needed, excessive] = await Promise.all([ask(neededFor(target)), ask(neverNeeded)])
  return {
    missing: needed
      .filter(({ allowed }) => !allowed)
      .map(({ right }) => `may not ${textOf(right)} in ${right.namespace ?? target.namespace}`),
    tooBroad: excessive
      .filter(({ allowed }) => allowed)
      .map(({ right }) => `may ${textOf(right)} in ${target.namespace}, which it never needs`),
  }
}

function neededFor(target: KubernetesTarget): readonly Right[] {
  const apps = (verb: string, resource: string): Right => ({ verb, group: 'apps', resource })
  const core = (verb: string, resource: string): Right => ({ verb, group: '', resource })
  return [
    ...['get', 'list', 'watch', 'patch'].map((verb) => apps(verb, `${target.kind}s`)),
    apps('list', target.kind === 'deployment' ? 'replicasets' : 'controllerrevisions'),
    ...['list', 'delete'].map((verb) => core(verb, 'pods')),
    ...['events', 'services'].map((resource) => core('list', resource)),
    { ...core('get', 'pods'), subresource: 'log' },
    { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
    { verb: 'get', group: '', resource: 'namespaces', namespace: 'kube-system' },
    { verb: 'list', group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ]
}

const neverNeeded: readonly Right[] = [
  { verb: '*', group: '*', resource: '*' },
  { verb: 'get', group: '', resource: 'secrets' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
]

const textOf = ({ verb, resource, subresource }: Right): string =>
  `${verb} ${resource}${subresource ? `/${subresource}` : ''}`
