import type { KubernetesTarget } from './schema.ts'

const encoded = encodeURIComponent

export const namespaced = (
  group: string,
  { namespace }: KubernetesTarget,
  plural: string,
  name?: string,
): string =>
  `${group === 'v1' ? '/api/v1' : `/apis/${group}`}/namespaces/${encoded(namespace)}/${plural}${name === undefined ? '' : `/${encoded(name)}`}`

export const deploymentPath = (target: KubernetesTarget, name: string): string =>
  namespaced('apps/v1', target, 'deployments', name)
export const podsPath = (target: KubernetesTarget, name?: string): string =>
  namespaced('v1', target, 'pods', name)
export const kubeSystemPath = '/api/v1/namespaces/kube-system'
