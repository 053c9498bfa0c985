import type { Canary } from './cluster/flagger-objects.ts'
import type { Cluster } from './cluster/index.ts'
import type { Workload } from './cluster/objects.ts'
import type { ServiceState } from './controls.ts'
import { inGit } from './shop/git.ts'
import { namespace } from './shop/manifests.ts'

/** Who else moves a service's versions, and how that stands. */
export function deliveryOf(cluster: Cluster, name: string): Pick<ServiceState, 'delivery' | 'git'> {
  const canary = cluster.get('Canary', namespace, name)
  if (canary) return { delivery: `Flagger: ${flaggerWords(cluster, canary)}` }
  const committed = inGit(cluster, name)
  const running = cluster.get('Deployment', namespace, name)
  if (!committed || !running) return {}
  const { tool, isPaused } = syncOf(cluster, running)
  const [version, asked] = [versionOf(committed), versionOf(running)]
  return {
    delivery: `${tool}: ${isPaused ? 'paused' : 'on'}, Git has ${version}`,
    git: { hasWhatRuns: version === asked },
  }
}

/** Of an object that Argo CD tracks, else of one that Flux applies. */
function syncOf(cluster: Cluster, { metadata: { annotations } }: Workload) {
  const [application] = annotations?.['argocd.argoproj.io/tracking-id']?.split(':') ?? []
  if (application === undefined)
    return {
      tool: 'Flux',
      isPaused: annotations?.['kustomize.toolkit.fluxcd.io/reconcile'] === 'disabled',
    }
  const { automated } = cluster.get('Application', 'argocd', application)?.spec.syncPolicy ?? {}
  return { tool: 'Argo CD', isPaused: !automated || automated.enabled === false }
}

function flaggerWords(cluster: Cluster, { spec, status = {} }: Canary): string {
  const target = cluster.get('Deployment', namespace, spec.targetRef.name)
  const version = target ? versionOf(target) : '?'
  switch (status.phase) {
    case 'Waiting':
      return `waits for a yes to try ${version}`
    case 'Progressing':
      return `tries ${version} with ${status.canaryWeight ?? 0} % of the requests`
    case 'WaitingPromotion':
      return `waits for a yes to promote ${version}`
    case 'Promoting':
    case 'Finalising':
      return `promotes ${version}`
    case 'Failed':
      return 'took the last version back'
    default:
      return 'nothing to do'
  }
}

const versionOf = ({ spec }: Workload): string =>
  spec.template.spec.containers[0]?.image.split(':').at(-1) ?? '?'
