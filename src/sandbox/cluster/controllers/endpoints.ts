import type { Fields, Pod, Service } from '../objects.ts'
import { isSelected } from '../selectors.ts'
import { type Context, ownedBy } from './context.ts'
import { isReady, isTerminating } from './pods-of.ts'

/** Endpoints and one EndpointSlice per Service: which pods its traffic reaches. */
export function reconcileEndpoints(context: Context, service: Service): void {
  const { selector } = service.spec
  if (selector === undefined) return
  const { namespace = '', name } = service.metadata
  const pods = context.store
    .list('Pod', namespace)
    .filter((pod) => isSelected({ matchLabels: selector }, pod.metadata.labels))
    .filter((pod) => pod.status.podIP !== undefined)
  const ports = (service.spec.ports ?? []).map(({ name: portName, port, targetPort }) => ({
    ...(portName === undefined ? {} : { name: portName }),
    port: typeof targetPort === 'number' ? targetPort : port,
    protocol: 'TCP',
  }))
  writeSlice(context, service, pods, ports)
  const addresses = (isServing: boolean) =>
    pods.filter((pod) => serves(pod) === isServing).map(address)
  const subset = {
    ...nonEmpty('addresses', addresses(true)),
    ...nonEmpty('notReadyAddresses', addresses(false)),
    ports,
  }
  const subsets: Fields[] = pods.length === 0 ? [] : [subset]
  const before = context.store.get('Endpoints', namespace, name)
  if (before) context.store.put('Endpoints', { ...before, subsets })
  else
    context.store.create('Endpoints', { kind: 'Endpoints', metadata: { name, namespace }, subsets })
}

function writeSlice(
  { store }: Context,
  service: Service,
  pods: readonly Pod[],
  ports: Fields[],
): void {
  const { namespace = '', name } = service.metadata
  const endpoints = pods.map((pod) => ({
    addresses: [pod.status.podIP],
    conditions: {
      ready: serves(pod),
      serving: isReady(pod),
      terminating: isTerminating(pod),
    },
    nodeName: pod.spec.nodeName,
    targetRef: targetRef(pod),
  }))
  const before = store
    .list('EndpointSlice', namespace)
    .find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
  if (before) {
    store.put('EndpointSlice', { ...before, endpoints, ports })
    return
  }
  store.create('EndpointSlice', {
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${service.metadata.uid.slice(0, 5)}`,
      namespace,
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [ownedBy(service)],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  })
}

const serves = (pod: Pod): boolean => isReady(pod) && !isTerminating(pod)

const targetRef = ({ metadata: { name, namespace, uid } }: Pod) => ({
  kind: 'Pod',
  namespace,
  name,
  uid,
})

const address = (pod: Pod) => ({
  ip: pod.status.podIP,
  nodeName: pod.spec.nodeName,
  targetRef: targetRef(pod),
})

const nonEmpty = (name: string, list: readonly Fields[]) =>
  list.length === 0 ? {} : { [name]: list }
