import type { Checked } from '#executors/define-executor.ts'
import type { Shortcoming } from '#ports/executor.ts'
import { lacking, serves } from './access.ts'
import type { KubernetesApi } from './api.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { canaryObstacles } from './canary/obstacles.ts'
import { findOwners } from './owners.ts'
import { flaggerShortcomings } from './flagger/examine.ts'
import { lookAtFlagger } from './flagger/look.ts'
import { FreezeMap, freezeMapPath, freezeName } from './freeze-map.ts'
import {
  holdName,
  type PolicySeen,
  seeFreeze,
  seeHold,
  seeServiceFreeze,
  stopsUs,
} from './policy-check.ts'
import {
  freezeNeeds,
  holdNeeds,
  type Need,
  needsOf,
  neverNeeded,
  resourceText,
  trafficNeeds,
} from './rights.ts'
import { trafficObstacles } from './traffic/examine.ts'
import type { KubernetesTarget } from './schema.ts'
import { readWorkload } from './workload.ts'

/** What the credential lacks for this target and what it holds beyond any need, and whether the target can be rolled back at all. */
export async function examine(
  parts: KubernetesParts,
  { spec: target }: Checked<KubernetesTarget>,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const api = apiOf(parts, target)
  const isFreezing = parts.freezing?.has(target.cluster) ?? false
  const needs = [
    ...needsOf(target),
    ...trafficNeeds(target),
    ...(isFreezing ? [...freezeNeeds, ...holdNeeds] : []),
  ]
  // One after the other: together they would be a burst of questions for every service.
  const missing = await missingOf(api, target, needs, signal)
  const excess = await excessOf(api, target, signal)
  const canRead = !missing.some(({ weight }) => weight === 'blocks')
  const mayFreeze = isFreezing && canRead && !missing.some(({ name }) => name === freezeName)
  return [
    ...missing.map((need) => asMissing(target, need)),
    ...excess,
    ...(canRead ? await obstacles(parts, target, signal) : []),
    ...(await trafficObstacles(api, target, missing, signal)),
    ...(mayFreeze ? await freezeObstacles(api, target, signal) : []),
  ]
}

async function missingOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  needs: readonly Need[],
  signal: AbortSignal,
): Promise<readonly Need[]> {
  const missing = await lacking(api, target, needs, signal)
  const isServed = await Promise.all(
    missing.map(async ({ isOptional, group }) => !isOptional || (await serves(api, group, signal))),
  )
  return missing.filter((_, at) => isServed[at])
}

function asMissing({ namespace }: KubernetesTarget, need: Need): Shortcoming {
  const where = need.namespace ?? namespace
  return {
    kind: need.weight,
    text: `${need.loses}: may not ${need.verb} ${resourceText(need)} in ${where}`,
    remedy: `add it to Role ${need.role ?? 'countermand'} in ${where}`,
  }
}

async function excessOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const lacked = new Set(await lacking(api, target, neverNeeded, signal))
  const held = neverNeeded.filter((right) => !lacked.has(right))
  const [everything] = held.filter(({ verb }) => verb === '*')
  // Who may do everything may do each of the others, too: one line says it.
  return (everything ? [everything] : held).map((right) => ({
    kind: 'excess',
    text: `the credential of cluster ${target.cluster} may ${right === everything ? 'do everything' : `${right.verb} ${resourceText(right)}`} in ${target.namespace}, which is never needed`,
    remedy: 'take the right away; deploy/rbac.yaml has all it needs',
  }))
}

/** Freeze and hold rest on policies and objects that an installation brings along. */
async function freezeObstacles(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const noFreeze = await whyNoFreeze(api, target, signal)
  const why = noFreeze ?? (await whyNoHold(api, target, signal))
  if (why === undefined) return serviceObstacles(api, target, signal)
  const loses = noFreeze
    ? 'cannot have its deploys frozen'
    : 'cannot have a version that was rolled back refused'
  return [
    {
      kind: 'limits',
      text: `${loses}: ${why}`,
      remedy:
        'apply deploy/freeze.yaml there, or take freeze: true from the cluster’s configuration',
    },
  ]
}

/** An older deploy/freeze.yaml says nothing of Services. */
async function serviceObstacles(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const { blueGreen } = target
  if (!blueGreen) return []
  const { kind } = await seeServiceFreeze(api, target, blueGreen.service, signal)
  return kind === 'policy_absent'
    ? [
        {
          kind: 'limits',
          text: `cannot have Service ${blueGreen.service} kept from being switched while its deploys are frozen: the policy ${freezeName} there is older than this version`,
          remedy: 'apply deploy/freeze.yaml of this version',
        },
      ]
    : []
}

async function whyNoFreeze(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!(await api.get(freezeMapPath(target), FreezeMap, signal)))
    return `there is no ConfigMap ${freezeName} in ${target.namespace}`
  const seen = await seeFreeze(api, target, 'examined', signal)
  return notActing(
    seen,
    freezeName,
    () =>
      `the policy ${freezeName} does not act in ${target.namespace}, or its label countermand.dev/freeze=on is missing`,
  )
}

async function whyNoHold(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const seen = await seeHold(api, target, { hold: holdName, mark: 'examined' }, signal)
  return notActing(
    seen,
    holdName,
    () =>
      `there is no PodTemplate ${holdName} in ${target.namespace}, or the policy ${holdName} does not act there`,
  )
}

/** What could not be looked at is not called well. */
function notActing(seen: PolicySeen, policy: string, absent: () => string): string | undefined {
  switch (seen.kind) {
    case 'acts_on_us':
      return stopsUs(policy, seen.account)
    case 'policy_absent':
      return absent()
    case 'unclear':
      return `whether the policy ${policy} acts could not be checked: ${seen.why}`
    case 'unanswered':
      return `whether the policy ${policy} acts could not be checked: the API server did not answer`
    case 'acts':
    case 'could_act':
    case 'workload_gone':
      return undefined
  }
}

/** What the first plan would stumble over. */
async function obstacles(
  parts: KubernetesParts,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const workload = await readWorkload(apiOf(parts, target), target, signal)
  if (!workload)
    return [
      {
        kind: 'blocks',
        text: `there is no ${target.kind} ${target.name} in ${target.namespace} of ${target.cluster}`,
        remedy: 'correct the target in the configuration',
      },
    ]
  const flagger = await lookAtFlagger(apiOf(parts, target), target, signal)
  const { warnings, blockers } = await findOwners(parts, target, workload, signal, flagger)
  const undone = warnings.flatMap((warning) =>
    warning.kind === 'gitops_owner' && warning.why !== undefined
      ? [
          {
            kind: 'limits' as const,
            text: `may be taken back by ${warning.tool} (${warning.name}), which cannot be looked at: ${warning.why}`,
            remedy:
              'apply deploy/gitops.yaml there, and where Argo CD is elsewhere say so (argoCd of the cluster)',
          },
        ]
      : [],
  )
  const refused = blockers.flatMap((blocker) =>
    blocker.kind === 'unsupported'
      ? [
          {
            kind: 'blocks' as const,
            text: `cannot be rolled back as it is: ${blocker.why}`,
            remedy: 'change the workload, or roll it back by hand when the time comes',
          },
        ]
      : [],
  )
  return [
    ...refused,
    ...undone,
    ...(flagger ? flaggerShortcomings(target, flagger) : []),
    ...(await canaryObstacles(apiOf(parts, target), target, workload, signal)),
  ]
}
