import type { Kind } from './objects.ts'

export interface Resource {
  readonly kind: Kind
  readonly plural: string
  readonly group: string
  readonly version: string
  readonly namespaced: boolean
  /** Served only where it is installed. */
  readonly addOn?: AddOn
}

/** What a platform team may install in a cluster. */
export type AddOn = 'argo-rollouts' | 'flagger' | 'istio' | 'gateway-api' | 'argo-cd' | 'flux'

const resource = (kind: Kind, plural: string, group: string, version: string): Resource => ({
  kind,
  plural,
  group,
  version,
  namespaced: kind !== 'Namespace',
})

/** What the pretend API server can serve. */
const resources: readonly Resource[] = [
  resource('Namespace', 'namespaces', '', 'v1'),
  resource('Pod', 'pods', '', 'v1'),
  resource('Event', 'events', '', 'v1'),
  resource('Service', 'services', '', 'v1'),
  resource('Endpoints', 'endpoints', '', 'v1'),
  resource('ConfigMap', 'configmaps', '', 'v1'),
  resource('PodTemplate', 'podtemplates', '', 'v1'),
  resource('Deployment', 'deployments', 'apps', 'v1'),
  resource('ReplicaSet', 'replicasets', 'apps', 'v1'),
  resource('StatefulSet', 'statefulsets', 'apps', 'v1'),
  resource('DaemonSet', 'daemonsets', 'apps', 'v1'),
  resource('ControllerRevision', 'controllerrevisions', 'apps', 'v1'),
  resource('EndpointSlice', 'endpointslices', 'discovery.k8s.io', 'v1'),
  resource('HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'autoscaling', 'v2'),
  { ...resource('Rollout', 'rollouts', 'argoproj.io', 'v1alpha1'), addOn: 'argo-rollouts' },
  { ...resource('Canary', 'canaries', 'flagger.app', 'v1beta1'), addOn: 'flagger' },
  {
    ...resource('VirtualService', 'virtualservices', 'networking.istio.io', 'v1'),
    addOn: 'istio',
  },
  {
    ...resource('HTTPRoute', 'httproutes', 'gateway.networking.k8s.io', 'v1'),
    addOn: 'gateway-api',
  },
  { ...resource('Application', 'applications', 'argoproj.io', 'v1alpha1'), addOn: 'argo-cd' },
  {
    ...resource('ApplicationSet', 'applicationsets', 'argoproj.io', 'v1alpha1'),
    addOn: 'argo-cd',
  },
  {
    ...resource('Kustomization', 'kustomizations', 'kustomize.toolkit.fluxcd.io', 'v1'),
    addOn: 'flux',
  },
  { ...resource('HelmRelease', 'helmreleases', 'helm.toolkit.fluxcd.io', 'v2'), addOn: 'flux' },
]

/** What is served where these are installed. */
export const servedWith = (addOns: readonly AddOn[]): readonly Resource[] =>
  resources.filter(({ addOn }) => addOn === undefined || addOns.includes(addOn))

export const apiVersionOf = ({ group, version }: Resource): string =>
  group === '' ? version : `${group}/${version}`

/** As error texts name it: `deployments.apps`. */
export const qualifiedName = ({ plural, group }: Resource): string =>
  group === '' ? plural : `${plural}.${group}`

export function resourceOfKind(kind: string): Resource | undefined {
  return resources.find((one) => one.kind === kind)
}
