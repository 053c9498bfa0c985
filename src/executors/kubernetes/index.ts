import { defineExecutor } from '#executors/define-executor.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import { changedSince } from './changed-since.ts'
import { apiOf, type KubernetesParts, unknownCluster } from './context.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { flaggerDelivery } from './flagger/delivery.ts'
import { kubernetesFreezer } from './freezer.ts'
import { kubernetesSyncer } from './gitops/syncer.ts'
import { kubernetesHolder } from './holder.ts'
import { kubernetesInstances } from './instances.ts'
import { observe } from './observe.ts'
import { progress } from './progress.ts'
import { kubernetesPromoter } from './promoter.ts'
import { kubernetesQuiescer } from './quiescer.ts'
import { route } from './route.ts'
import { KubernetesChange, KubernetesTarget } from './schema.ts'
import { besideChecks } from './traffic/beside-check.ts'
import { verify } from './verify.ts'

/** Deployments, StatefulSets, DaemonSets, and Rollouts of Argo Rollouts. */
export function kubernetes(parts: KubernetesParts): Executor {
  const executor = defineExecutor({
    kind: 'kubernetes',
    Spec: KubernetesTarget,
    Change: KubernetesChange,
    problems: ({ cluster }) =>
      parts.clusters.has(cluster) ? [] : [unknownCluster(parts.clusters, cluster)],
    observe: (target, signal) => observe(parts, target, signal),
    route: (target, observed, to, operation, signal) =>
      route(parts, target, observed, to, operation, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, operation, signal) => apply(parts, change, operation, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: async (target, to, signal) => {
      const checks = await Promise.all([
        verify(parts, target, to, signal),
        besideChecks(parts, target.spec, to.id, signal),
      ])
      return checks.flat()
    },
    evidence: (target, bad, signal) => evidence(parts, target, bad, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec }) => lookCommand(spec, apiOf(parts, spec).context),
  })
  return {
    ...executor,
    freezer: kubernetesFreezer(parts),
    holder: kubernetesHolder(parts),
    syncer: kubernetesSyncer(parts),
    instances: kubernetesInstances(parts),
    delivery: flaggerDelivery(parts),
    promoter: kubernetesPromoter(parts),
    quiescer: kubernetesQuiescer(parts),
  }
}

function lookCommand(
  { namespace, kind, name }: KubernetesTarget,
  context: string | undefined,
): string {
  const safe =
    context && (/^[\w.:/@-]+$/.test(context) ? context : `'${context.replaceAll("'", `'\\''`)}'`)
  return `kubectl${safe ? ` --context ${safe}` : ''} --namespace ${namespace} describe ${kind}/${name}`
}
