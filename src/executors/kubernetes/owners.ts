import type { Blocker, Warning } from '#domain/rollback/plan.ts'
import { NotAllowed } from '#ports/executor.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { ownerBlockers, standingWarnings } from './gitops/owner.ts'
import { syncOwners } from './gitops/owners.ts'
import { serves, withoutRightTo } from './access.ts'
import type { KubernetesApi } from './api.ts'
import { hasCode } from './failure.ts'
import type { FlaggerLook } from './flagger/look.ts'
import { flaggerBlockers, flaggerWarnings } from './flagger/state.ts'
import { kindOf } from './kinds/index.ts'
import { ArgoRollout, Autoscaler, Workload } from './objects.ts'
import { namespaced } from './paths.ts'
import type { KubernetesTarget } from './schema.ts'
import { workloadPath } from './workload.ts'

interface Found {
  readonly warnings: readonly Warning[]
  readonly blockers: readonly Blocker[]
}
const none: Found = { warnings: [], blockers: [] }

/** Who else writes to the workload, and would act against a change or undo it. */
export async function findOwners(
  parts: KubernetesParts,
  target: KubernetesTarget,
  workload: Workload,
  signal: AbortSignal,
  flagger?: FlaggerLook,
): Promise<Found> {
  const api = apiOf(parts, target)
  const [gitOps, autoscalers, argo, parked] = await Promise.all([
    syncOwners(parts, target, workload, signal),
    autoscalersOf(api, target, signal),
    argoOwners(api, target, signal),
    flagger ? ownedBy(flagger) : flaggerOwners(api, target, workload, signal),
  ])
  return {
    warnings: [
      ...autoscalers,
      ...gitOps.flatMap(standingWarnings),
      ...controllers(workload),
      ...(workload.templateOwner ? gitOpsOwners(workload.templateOwner) : []),
      ...appliers(workload),
      ...argo.warnings,
      ...parked.warnings,
    ],
    blockers: [
      ...gitOps.flatMap(ownerBlockers),
      ...parked.blockers,
      ...argo.blockers,
      ...unsupportedStrategies(target, workload),
    ],
  }
}

/** Of an object beside the workload: tools that reconcile it against Git and would bring back what was changed. */
export function gitOpsOwners({ metadata }: Pick<Workload, 'metadata'>): readonly Warning[] {
  const { labels, annotations } = metadata
  const argo =
    annotations?.['argocd.argoproj.io/tracking-id']?.split(':')[0] ??
    labels?.['argocd.argoproj.io/instance']
  const kustomization = labels?.['kustomize.toolkit.fluxcd.io/name']
  const release = labels?.['helm.toolkit.fluxcd.io/name']
  return [owner('Argo CD', argo), owner('Flux', kustomization), owner('Flux Helm', release)].flat()
}

const owner = (tool: string, name: string | undefined): readonly Warning[] =>
  name ? [{ kind: 'gitops_owner', tool, name }] : []

/** Whatever made it, and would make it so again. */
function controllers({ metadata }: Workload): readonly Warning[] {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller)
  return controller ? [{ kind: 'gitops_owner', tool: controller.kind, name: controller.name }] : []
}

/** Nobody reconciles here, but the next run of these from unchanged files redoes the bad version. */
function appliers({ metadata }: Workload): readonly Warning[] {
  const release = metadata.annotations?.['meta.helm.sh/release-name']
  const isHelm = metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm' || release
  const applied = metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']
  return [
    ...(isHelm
      ? [{ kind: 'last_applied', manager: release ? `Helm release ${release}` : 'Helm' } as const]
      : []),
    ...(applied ? [{ kind: 'last_applied', manager: 'kubectl apply' } as const] : []),
  ]
}

async function autoscalersOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  const path = namespaced('autoscaling/v2', target, 'horizontalpodautoscalers')
  const found = await api.list(path, Autoscaler, {}, signal).catch(orWhyNot)
  if (found instanceof NotAllowed) return withoutRightTo(target, 'list', 'horizontalpodautoscalers')
  return (found?.items ?? [])
    .filter(({ spec }) => isReferenceTo(spec.scaleTargetRef, target))
    .map(({ metadata, spec }) => ({
      kind: 'autoscaler',
      name: metadata.name,
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
    }))
}

/** A Rollout that takes its template from a Deployment: undoing the Deployment starts a canary, it moves no traffic. */
async function argoOwners(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<Found> {
  const path = namespaced('argoproj.io/v1alpha1', target, 'rollouts')
  const found = await api.list(path, ArgoRollout, {}, signal).catch(orWhyNot)
  if (found instanceof NotAllowed) {
    // Without the right the server does not say whether it knows the kind at all.
    const isServed = await serves(api, 'argoproj.io', signal)
    return { warnings: isServed ? withoutRightTo(target, 'list', 'rollouts') : [], blockers: [] }
  }
  const blockers = (found?.items ?? [])
    .filter(({ spec }) => spec.workloadRef && isReferenceTo(spec.workloadRef, target))
    .map(({ metadata }) => ({
      kind: 'unsupported' as const,
      why: `the Argo Rollout ${metadata.name} runs the pods of this ${target.kind}; changing the template here would start a new canary instead of moving traffic back. Name the rollout in the configuration instead`,
    }))
  return { warnings: [], blockers }
}

const ownedBy = (flagger: FlaggerLook): Found => ({
  warnings: flaggerWarnings(flagger),
  blockers: flaggerBlockers(flagger),
})

/** Where no Canary may be read: Flagger keeps the target at zero and serves from `<name>-primary`. */
async function flaggerOwners(
  api: KubernetesApi,
  target: KubernetesTarget,
  workload: Workload,
  signal: AbortSignal,
): Promise<Found> {
  if (!kindOf(target).mayBeParked(workload)) return none
  const name = `${target.name}-primary`
  const path = workloadPath({ ...target, name })
  const primary = await api.get(path, Workload, signal).catch(orWhyNot)
  // A role that is narrowed to the workload itself.
  if (primary instanceof NotAllowed)
    return {
      warnings: [
        {
          kind: 'missing_right',
          verb: 'get',
          resource: `${kindOf(target).plural} ${name}`,
          loses: 'does not show whether Flagger serves it',
        },
      ],
      blockers: [],
    }
  if (!primary) return none
  const why = `Flagger serves this from ${name} and keeps ${target.name} at zero; restoring the template here would change no pod that serves, and its Canary cannot be read: apply deploy/flagger.yaml`
  return { warnings: [], blockers: [{ kind: 'unsupported', why }] }
}

const unsupportedStrategies = (target: KubernetesTarget, workload: Workload): readonly Blocker[] =>
  kindOf(target)
    .unsupported(workload)
    .map((why) => ({ kind: 'unsupported', why }))

const isReferenceTo = (
  reference: { readonly kind: string; readonly name: string },
  target: KubernetesTarget,
): boolean => reference.kind.toLowerCase() === target.kind && reference.name === target.name

/** A kind the cluster does not have is nobody's owner; a missing right is told, and stops no rollback. */
function orWhyNot(error: unknown): NotAllowed | undefined {
  if (error instanceof NotAllowed) return error
  if (hasCode(error, 404)) return undefined
  throw error
}
