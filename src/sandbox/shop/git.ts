import type { Cluster } from '#sandbox/cluster/index.ts'
import type { Fields, Workload } from '#sandbox/cluster/objects.ts'
import { type Shipment, shipped } from '#sandbox/cluster/ship.ts'
import { withoutHashLabel } from '#sandbox/cluster/template.ts'
import { namespace, type Running, workload } from './manifests.ts'

/** Argo CD brings the first two, in one Application, and Flux the last. */
export const broughtFromGit: readonly Running[] = [
  {
    manifest: trackedByArgoCd('reviews', { replicas: 3 }),
    versions: [
      ['2.4.0', 33, 'argocd-controller'],
      ['2.4.1', 11, 'argocd-controller'],
    ],
  },
  {
    manifest: trackedByArgoCd('ratings', { replicas: 2 }),
    versions: [['1.0.4', 52, 'argocd-controller']],
  },
  {
    manifest: withMetadata(workload('Deployment', 'mail', { replicas: 2 }), 'labels', {
      'kustomize.toolkit.fluxcd.io/name': 'mail',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }),
    versions: [
      ['1.3.1', 45, 'kustomize-controller'],
      ['1.3.2', 14, 'kustomize-controller'],
    ],
  },
]

/** What brings them, as each tool keeps it. */
export const syncs: readonly Fields[] = [
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'storefront', namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.shop.example/deploy.git', path: 'storefront' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  },
  {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'mail', namespace: 'flux-system' },
    spec: {
      interval: '1m',
      path: 'mail',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'deploy' },
    },
  },
]

const folderOf = (name: string): string => (name === 'mail' ? 'mail' : 'storefront')

/** Git has what runs. */
export function commitWhatRuns(cluster: Cluster, name: string): void {
  const running = cluster.get('Deployment', namespace, name)
  if (!running) throw new Error(`the shop runs no ${name}`)
  const { metadata, spec } = running
  const cause = metadata.annotations?.['kubernetes.io/change-cause']
  cluster.git.commit(folderOf(name), {
    ...running,
    metadata: {
      ...metadata,
      annotations: cause === undefined ? {} : { 'kubernetes.io/change-cause': cause },
    },
    spec: { ...spec, template: withoutHashLabel(spec.template) },
  })
}

/** What Git has of a service, where Git is what its versions come from. */
export const inGit = (cluster: Cluster, name: string): Workload | undefined =>
  cluster.git.find('Deployment', namespace, name)?.workload

/** Commits another image; whoever brings what Git has brings it. */
export function shipByGit(
  cluster: Cluster,
  before: Workload,
  image: string,
  shipment: Shipment,
): void {
  const { name } = before.metadata
  cluster.git.commit(folderOf(name), shipped(before, { image, ...shipment }))
}

function trackedByArgoCd(name: string, spec: Fields) {
  return withMetadata(workload('Deployment', name, spec), 'annotations', {
    'argocd.argoproj.io/tracking-id': `storefront:apps/Deployment:${namespace}/${name}`,
  })
}

function withMetadata(
  manifest: Running['manifest'],
  what: 'labels' | 'annotations',
  added: Readonly<Record<string, string>>,
): Running['manifest'] {
  const { metadata } = manifest
  const before = what === 'labels' ? metadata.labels : {}
  return { ...manifest, metadata: { ...metadata, [what]: { ...before, ...added } } }
}
