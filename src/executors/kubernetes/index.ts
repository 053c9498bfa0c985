import { defineExecutor } from '#executors/define-executor.ts'
import type { Target } from '#domain/service.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import {
  changedSinceServing,
  evidenceServing,
  examineServing,
  observeServing,
  routeServing,
  verifyServing,
} from './blue-green/serving.ts'
import { servingTarget } from './blue-green/colours.ts'
import { switchBack } from './blue-green/ways.ts'
import { apiOf, type KubernetesParts, unknownCluster } from './context.ts'
import { flaggerDelivery } from './flagger/delivery.ts'
import { kubernetesFreezer } from './freezer.ts'
import { kubernetesSyncer } from './gitops/syncer.ts'
import { kubernetesHolder } from './holder.ts'
import { kubernetesInstances } from './instances.ts'
import { progress } from './progress.ts'
import { kubernetesPromoter } from './promoter.ts'
import { kubernetesQuiescer } from './quiescer.ts'
import { KubernetesChange, KubernetesTarget } from './schema.ts'
import { besideChecks } from './traffic/beside-check.ts'

/** Deployments, StatefulSets, DaemonSets, and Rollouts of Argo Rollouts. */
export function kubernetes(parts: KubernetesParts): Executor {
  const executor = defineExecutor({
    kind: 'kubernetes',
    Spec: KubernetesTarget,
    Change: KubernetesChange,
    problems: ({ cluster }) =>
      parts.clusters.has(cluster) ? [] : [unknownCluster(parts.clusters, cluster)],
    observe: (target, signal) => observeServing(parts, target, signal),
    route: (target, observed, to, operation, signal) =>
      routeServing(parts, target, observed, to, operation, signal),
    changedSince: (plan, signal) => changedSinceServing(parts, plan, signal),
    apply: (change, operation, signal) => apply(parts, change, operation, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: async (target, to, signal) => {
      const checks = await Promise.all([
        verifyServing(parts, target, to, signal),
        besideChecks(parts, target.spec, to.id, signal),
      ])
      return checks.flat()
    },
    evidence: (target, bad, signal) => evidenceServing(parts, target, bad, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examineServing(parts, target, signal),
    lookCommand: ({ spec }) => lookCommand(spec, apiOf(parts, spec).context),
  })
  const instances = kubernetesInstances(parts)
  return {
    ...executor,
    freezer: kubernetesFreezer(parts),
    holder: kubernetesHolder(parts),
    syncer: kubernetesSyncer(parts),
    instances: {
      look: async (target, from, signal) =>
        instances.look(await servingTarget(parts, checked(target), signal), from, signal),
    },
    ways: async (target, observed, to, _strategy, _operation, signal) =>
      switchBack(parts, checked(target), observed, to, signal),
    delivery: flaggerDelivery(parts),
    promoter: kubernetesPromoter(parts),
    quiescer: kubernetesQuiescer(parts),
  }
}

const checked = (target: Target) => ({ ...target, spec: KubernetesTarget.parse(target.spec) })

function lookCommand(
  { namespace, kind, name }: KubernetesTarget,
  context: string | undefined,
): string {
  const safe =
    context && (/^[\w.:/@-]+$/.test(context) ? context : `'${context.replaceAll("'", `'\\''`)}'`)
  return `kubectl${safe ? ` --context ${safe}` : ''} --namespace ${namespace} describe ${kind}/${name}`
}
