import { freezeName } from './freeze-map.ts'
import { kindOf } from './kinds/index.ts'
import type { KubernetesTarget } from './schema.ts'

export interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  /** The one object it is about; a role may be narrowed to it. */
  readonly name?: string
}

/** A right of the Role in `deploy/`, and what a service loses without it. */
export interface Need extends Right {
  /** `blocks`: without it there is no rollback. `limits`: there is one, without this ability; `choice`: which a team may do without. */
  readonly weight: 'blocks' | 'limits' | 'choice'
  /** What is to be said of the service then: `cannot be rolled back`. */
  readonly loses: string
  /** Asked for when a plan is made, because the plan would not notice the want of it before it is too late. */
  readonly isAskedFirst?: true
  /** The Role in `deploy/` that gives it, where it is not `countermand`. */
  readonly role?: string
  /** Only where the cluster serves this group. */
  readonly isOptional?: true
}

/** Everything a target of its kind needs; together over the kinds exactly what the Role grants. */
export function needsOf(target: KubernetesTarget): readonly Need[] {
  const { group, plural, keptAs, losesWithoutDelete, writesStatus } = kindOf(target)
  const workload = { group, resource: plural, name: target.name }
  return [
    { ...blocks, ...workload, verb: 'get', loses: 'cannot be read' },
    {
      ...blocks,
      ...workload,
      verb: 'list',
      loses: 'cannot be followed while pods come and go',
      isAskedFirst: true,
    },
    {
      ...limits,
      ...workload,
      verb: 'watch',
      loses: 'is followed by asking once a second instead of at every change',
      isAskedFirst: true,
    },
    { ...blocks, ...workload, verb: 'patch', loses: 'cannot be rolled back' },
    ...(writesStatus
      ? [
          {
            ...blocks,
            ...workload,
            verb: 'patch',
            subresource: 'status',
            loses: 'cannot be aborted or promoted',
            isAskedFirst: true,
          } as const,
        ]
      : []),
    {
      ...blocks,
      verb: 'list',
      group: 'apps',
      resource: keptAs,
      loses: 'shows no version that could be gone back to',
    },
    {
      ...blocks,
      ...core,
      verb: 'list',
      resource: 'pods',
      loses: 'does not show what its pods run',
    },
    ...(losesWithoutDelete
      ? [
          {
            ...limits,
            ...core,
            verb: 'delete',
            resource: 'pods',
            loses: losesWithoutDelete,
            isAskedFirst: true,
          } as const,
        ]
      : []),
    {
      ...blocks,
      ...core,
      verb: 'get',
      resource: 'namespaces',
      namespace: clusterIdentity,
      name: clusterIdentity,
      role: 'countermand-cluster-identity',
      loses: 'cannot be told from its namesake in another cluster',
    },
    ...asides.filter(({ resource }) => resource !== plural),
    ...(target.canary ? canaryNeeds(target.canary.deployment, 'cannot have its canary moved') : []),
    ...(target.blueGreen
      ? canaryNeeds(
          target.blueGreen.deployment,
          'cannot have its requests sent to the other Deployment',
        )
      : []),
  ]
}

/** The same rights as the workload's own; a Role may name the objects that it is about. */
const canaryNeeds = (name: string, loses: string): readonly Need[] =>
  ['get', 'list', 'watch', 'patch'].map((verb) => ({
    ...limits,
    verb,
    group: 'apps',
    resource: 'deployments',
    name,
    loses,
  }))

/** The namespace whose uid names a cluster. */
const clusterIdentity = 'kube-system'

const core = { group: '' } as const
const blocks = { weight: 'blocks' } as const
const limits = { weight: 'limits' } as const

/** What any target needs beside its own objects. */
const asides: readonly Need[] = [
  {
    ...limits,
    ...core,
    verb: 'get',
    resource: 'pods',
    subresource: 'log',
    loses: 'leaves no logs of bad pods as evidence',
  },
  {
    ...limits,
    ...core,
    verb: 'list',
    resource: 'events',
    loses: 'leaves no events of bad pods as evidence',
  },
  {
    ...limits,
    ...core,
    verb: 'list',
    resource: 'services',
    loses: 'cannot be shown to serve from the right pods',
    isAskedFirst: true,
  },
  {
    ...limits,
    verb: 'list',
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    loses: 'cannot be shown to serve from the right pods',
    isAskedFirst: true,
  },
  {
    ...limits,
    verb: 'list',
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    loses: 'does not show whether an autoscaler changes it',
  },
  {
    ...limits,
    verb: 'list',
    group: 'argoproj.io',
    resource: 'rollouts',
    loses: 'does not show whether an Argo Rollout runs its pods',
    isOptional: true,
  },
  {
    weight: 'choice',
    ...core,
    verb: 'get',
    resource: 'configmaps',
    loses: 'does not show which configuration was changed',
  },
]

/** Flagger sets the weights of what its Canaries are about; who does not see those does not see that. */
export const canariesNeed: Need = {
  ...limits,
  verb: 'list',
  group: 'flagger.app',
  resource: 'canaries',
  role: 'countermand-traffic',
  loses: 'does not show whether Flagger sets its weights',
  isOptional: true,
}

/** What it takes to move its traffic, where that is configured; the Role in `deploy/traffic.yaml`. */
export function trafficNeeds({ traffic, blueGreen }: KubernetesTarget): readonly Need[] {
  if (blueGreen)
    return ['get', 'patch'].map((verb) => ({
      ...limits,
      ...core,
      verb,
      resource: 'services',
      name: blueGreen.service,
      role: 'countermand-traffic',
      loses: 'cannot have its Service switched to the other Deployment',
    }))
  if (!traffic) return []
  const route =
    traffic.by === 'virtualservice'
      ? { group: 'networking.istio.io', resource: 'virtualservices' }
      : { group: 'gateway.networking.k8s.io', resource: 'httproutes' }
  const own = { ...limits, ...route, name: traffic.name, role: 'countermand-traffic' }
  return [
    { ...own, verb: 'get', loses: 'cannot have its traffic shifted' },
    { ...own, verb: 'patch', loses: 'cannot have its traffic shifted' },
    {
      ...limits,
      ...route,
      verb: 'list',
      role: 'countermand-traffic',
      loses: 'does not show whether two objects divide its traffic',
    },
    canariesNeed,
  ]
}

/** What a freeze of its deploys needs, where the cluster is configured to have one; the Role in `deploy/freeze.yaml`. */
export const freezeNeeds: readonly Need[] = ['get', 'patch'].map((verb) => ({
  ...limits,
  ...core,
  verb,
  resource: 'configmaps',
  name: freezeName,
  role: freezeName,
  loses: 'cannot have its deploys frozen',
}))

/** What it takes to have a held version refused, where the freeze is configured; the same Role. */
export const holdNeeds: readonly Need[] = ['create', 'delete'].map((verb) => ({
  ...limits,
  ...core,
  verb,
  resource: 'podtemplates',
  role: freezeName,
  loses: 'cannot have a version that was rolled back refused',
}))

const mayBeUndone = 'may be taken back by whoever brings what Git has'
const cannotPause = 'cannot have the sync paused that would take a rollback back'

/** What pausing the sync of Argo CD needs, in its own namespace; a Role in `deploy/gitops.yaml`. */
export const argoCdNeeds = {
  read: argo('get', 'applications', mayBeUndone),
  pause: argo('patch', 'applications', cannotPause),
  readSet: argo('get', 'applicationsets', cannotPause),
} as const
/** The same of a HelmRelease of Flux, in the namespace that it is in. */
export const fluxNeeds = {
  read: flux('get', mayBeUndone),
  pause: flux('patch', cannotPause),
  readKustomization: {
    ...limits,
    verb: 'get',
    group: 'kustomize.toolkit.fluxcd.io',
    resource: 'kustomizations',
    role: 'countermand-flux',
    loses: 'cannot be shown to stay once Flux goes on',
  },
} as const

function argo(verb: string, resource: string, loses: string): Need {
  return { ...limits, verb, group: 'argoproj.io', resource, role: 'countermand-argocd', loses }
}
function flux(verb: string, loses: string): Need {
  const group = 'helm.toolkit.fluxcd.io'
  return { ...limits, verb, group, resource: 'helmreleases', role: 'countermand-flux', loses }
}

/** With one of these a credential could do what no rollback asks for; none of them is worth having. */
export const neverNeeded: readonly Right[] = [
  { verb: '*', group: '*', resource: '*' },
  { ...core, verb: 'get', resource: 'secrets' },
  { ...core, verb: 'list', resource: 'secrets' },
  { ...core, verb: 'create', resource: 'pods' },
  { ...core, verb: 'create', resource: 'pods', subresource: 'exec' },
  { verb: 'delete', group: 'apps', resource: 'deployments' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
  { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'roles' },
  { ...core, verb: 'impersonate', resource: 'serviceaccounts' },
]

/** As rules name it: `pods/log`. */
export const resourceText = ({ resource, subresource }: Right): string =>
  subresource ? `${resource}/${subresource}` : resource
