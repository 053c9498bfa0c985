import { randomBytes } from 'node:crypto'
import { type Client, clientOf } from '../control-plane/client.ts'
import { ownerLabels } from '../control-plane/owner.ts'

export type CustomResources = Awaited<ReturnType<typeof customResources>>

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const list = (items: object) => ({ type: 'array', items })
const object = (properties: object) => ({ type: 'object', properties })
const text = { type: 'string' }
const number = { type: 'integer' }

/**
 * The shapes of the custom resources that other controllers bring along, as far as an API server alone decides about them: what
 * their controllers do is none of it. Their group is this run's own, so that they meet none of a cluster that has the real ones.
 */
const shapes = {
  rollouts: {
    kind: 'Rollout',
    hasStatus: true,
    spec: object({ paused: { type: 'boolean' }, template: anything }),
  },
  virtualservices: {
    kind: 'VirtualService',
    hasStatus: false,
    spec: object({
      http: list(
        object({
          name: text,
          match: list(anything),
          route: list(
            object({ destination: object({ host: text, subset: text }), weight: number }),
          ),
        }),
      ),
    }),
  },
  httproutes: {
    kind: 'HTTPRoute',
    hasStatus: true,
    spec: object({
      rules: list(
        object({ backendRefs: list(object({ name: text, weight: { ...number, default: 1 } })) }),
      ),
    }),
  },
} as const
type Plural = keyof typeof shapes

/** On the real control plane of the run, in a namespace of their own. */
export async function customResources(kubeconfig: string) {
  const client = await clientOf(kubeconfig)
  const mark = randomBytes(4).toString('hex')
  const group = `x${mark}.shapes.countermand.dev`
  const namespace = `shapes-${mark}`
  const plurals = Object.keys(shapes) as readonly Plural[]
  const labels = ownerLabels()
  await client.must('POST', '/api/v1/namespaces', { metadata: { name: namespace, labels } })
  await Promise.all(plurals.map((plural) => define(client, group, plural)))
  const collection = (plural: Plural) => `/apis/${group}/v1/namespaces/${namespace}/${plural}`

  return {
    client,
    group,
    namespace,
    collection,
    /** Made as a pipeline would; its path. */
    async create(plural: Plural, name: string, spec: object): Promise<string> {
      await client.must('POST', collection(plural), {
        apiVersion: `${group}/v1`,
        kind: shapes[plural].kind,
        metadata: { name },
        spec,
      })
      return `${collection(plural)}/${name}`
    },
    async close(): Promise<void> {
      for (const plural of plurals) await client.ask('DELETE', `${definitions}/${plural}.${group}`)
      await client.ask('DELETE', `/api/v1/namespaces/${namespace}`)
      client.close()
    },
  }
}

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

async function define(client: Client, group: string, plural: Plural): Promise<void> {
  const { kind, hasStatus, spec } = shapes[plural]
  await client.must('POST', definitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: ownerLabels() },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: object({ spec, ...(hasStatus ? { status: anything } : {}) }),
          },
          ...(hasStatus ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  })
  const deadline = AbortSignal.timeout(20_000)
  while ((await client.ask('GET', `/apis/${group}/v1/${plural}`)).status !== 200) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
