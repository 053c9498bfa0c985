import type { Context } from './controllers/context.ts'
import type { Container, KubeObject, Workload } from './objects.ts'
import type { Rollout } from './rollout-objects.ts'
import { apiVersionOf, resourceOfKind } from './resources.ts'
import { replaceObject } from './write.ts'

/** What somebody ships beside the image. */
export interface Shipment {
  /** How many pods are wanted from then on; as many as before when not said. */
  readonly replicas?: number
  /** Shown as the manager of the fields: a pipeline or a person. */
  readonly by?: string
  /** Whom admission takes it to be, beside its name. */
  readonly groups?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly memory?: string
  /** Written to `kubernetes.io/change-cause`. */
  readonly changeCause?: string
  /** Of the pods, beside those that they have. */
  readonly annotations?: Readonly<Record<string, string>>
  /** The first container when not said. */
  readonly container?: string
}

export interface Shipped extends Shipment {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout'
  readonly namespace: string
  readonly name: string
  readonly image: string
}

/** Changes a workload's template as a pipeline would, through the same rules as a request over HTTP. */
export function shipImage(context: Context, shipment: Shipped): KubeObject {
  const { kind, namespace, name } = shipment
  const resource = resourceOfKind(kind)
  const workload = context.store.get(kind, namespace, name)
  if (resource === undefined || workload === undefined)
    throw new Error(`there is no ${kind} ${name} in ${namespace}`)
  return replaceObject(context, {
    route: { resource, namespace, name, subresource: '' },
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: { ...shipped(workload, shipment), apiVersion: apiVersionOf(resource) },
    manager: shipment.by ?? 'kubectl-set',
    user: shipment.by ?? 'kubectl-set',
    ...(shipment.groups ? { groups: shipment.groups } : {}),
  })
}

/** As somebody would past all steps of a Rollout: `kubectl argo rollouts promote --full`. */
export function promoteInFull({ store }: Context, namespace: string, name: string): void {
  const rollout = store.get('Rollout', namespace, name)
  if (rollout)
    store.put('Rollout', { ...rollout, status: { ...rollout.status, promoteFull: true } })
}

/** The workload as it is after somebody ships this; nothing is written. */
export function shipped<Some extends Workload | Rollout>(
  workload: Some,
  shipment: Shipment & Pick<Shipped, 'image'>,
): Some {
  const { template } = workload.spec
  const containers = template.spec.containers.map((container, index) => {
    const isMeant =
      shipment.container === undefined ? index === 0 : container.name === shipment.container
    return isMeant ? changedContainer(container, shipment) : container
  })
  const { changeCause, annotations } = shipment
  return {
    ...workload,
    metadata: {
      ...workload.metadata,
      annotations: {
        ...workload.metadata.annotations,
        ...(changeCause === undefined ? {} : { 'kubernetes.io/change-cause': changeCause }),
      },
    },
    spec: {
      ...workload.spec,
      ...(shipment.replicas === undefined ? {} : { replicas: shipment.replicas }),
      template: {
        ...template,
        ...(annotations === undefined
          ? {}
          : {
              metadata: {
                ...template.metadata,
                annotations: { ...template.metadata?.annotations, ...annotations },
              },
            }),
        spec: { ...template.spec, containers },
      },
    },
  }
}

function changedContainer(
  container: Container,
  { image, env, memory }: Shipment & Pick<Shipped, 'image'>,
): Container {
  const added = Object.entries(env ?? {}).map(([name, value]) => ({ name, value }))
  const kept = (container.env ?? []).filter(({ name }) => env?.[name] === undefined)
  return {
    ...container,
    image,
    ...(added.length > 0 ? { env: [...kept, ...added] } : {}),
    ...(memory === undefined
      ? {}
      : {
          resources: {
            ...container.resources,
            limits: { ...container.resources?.limits, memory },
          },
        }),
  }
}
