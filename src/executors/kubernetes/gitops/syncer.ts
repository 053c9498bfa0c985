import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import type { SyncLook, Syncer } from '#ports/syncer.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { Workload } from '../objects.ts'
import { type ChangeOf, KubernetesChange, type KubernetesTarget } from '../schema.ts'
import { readWorkload } from '../workload.ts'
import { type Compared, compared } from './keeps.ts'
import { Application, HelmRelease } from './objects.ts'
import { isLeftAloneByFlux, ownerPath } from './owner-object.ts'
import { gone, seenGoing, switchedOn } from './seen-going.ts'

/** Argo CD goes on comparing while it does not sync, and says what it found; Flux looks at nothing that it is to leave alone. */
export function kubernetesSyncer(parts: KubernetesParts): Syncer {
  return {
    async look(_given, json, signal) {
      const change = KubernetesChange.parse(json)
      if (change.kind === 'set_sync')
        return change.owner.kind === 'application'
          ? lookAtApplication(parts, change, signal)
          : lookAtRelease(parts, change, signal)
      const workload = await readWorkload(apiOf(parts, change.target), change.target, signal)
      if (workload && isLeftAloneByFlux(workload.metadata)) return notTold
      // An annotation that is taken away has no owner left who could be named.
      return goesOn(workload ? seenGoing([workload], nobodyNamed, notSaid) : gone)
    },
  }
}

const notTold = {
  kind: 'unknown',
  why: 'Flux does not say what Git has while it is paused',
} as const
const notSaid = { kind: 'unknown', why: 'what Git has is not known' } as const
const nobodyNamed = { by: null, since: null }

const goesOn = (seen: SeenGoing): SyncLook => ({ kind: 'goes_on', seen })

async function lookAtRelease(
  parts: KubernetesParts,
  change: ChangeOf<'set_sync'>,
  signal: AbortSignal,
): Promise<SyncLook> {
  const { owner } = change
  const found = await parts.clusters.get(owner.cluster)?.get(ownerPath(owner), HelmRelease, signal)
  if (found?.spec.suspend) return notTold
  if (!found) return goesOn(gone)
  const workloads = (await read(parts, change, signal)).map(({ workload }) => workload)
  return goesOn(seenGoing(workloads, switchedOn(found.metadata, ['f:suspend']), notSaid))
}

async function lookAtApplication(
  parts: KubernetesParts,
  change: ChangeOf<'set_sync'>,
  signal: AbortSignal,
): Promise<SyncLook> {
  const { owner } = change
  const [found, all] = await Promise.all([
    parts.clusters.get(owner.cluster)?.get(ownerPath(owner), Application, signal),
    read(parts, change, signal),
  ])
  if (!found || all.length === 0) return goesOn(gone)
  const now = worst(all.map(({ target, workload }) => compared(found, target, workload)))
  const { automated } = found.spec.syncPolicy ?? {}
  if (!automated || automated['enabled'] === false) return now
  const by = switchedOn(found.metadata, ['f:syncPolicy', 'f:automated'])
  const workloads = all.map(({ workload }) => workload)
  return goesOn(seenGoing(workloads, by, now))
}

interface Found {
  readonly target: KubernetesTarget
  readonly workload: Workload
}

/** Everything that the plan changed of what it brings, as far as it is still there. */
async function read(
  parts: KubernetesParts,
  { target, beside = [] }: ChangeOf<'set_sync'>,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const targets = [target, ...beside.map((one) => one.target)]
  const found = await Promise.all(
    targets.map(async (one) => ({
      target: one,
      workload: await readWorkload(apiOf(parts, one), one, signal),
    })),
  )
  return found.flatMap(({ target: one, workload }) => (workload ? [{ target: one, workload }] : []))
}

/** Git has what runs only where it has all of it. */
const worst = (all: readonly Compared[]): Compared =>
  all.find(({ kind }) => kind === 'undoes') ??
  all.find(({ kind }) => kind === 'unknown') ?? { kind: 'keeps' }
