import { micros } from '#domain/time.ts'
import { Superseded } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import type { KubernetesParts } from '../context.ts'
import { FlaggerCanary, type Workload } from '../objects.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf } from '../schema.ts'
import { canariesPath, checksumOf, isTrying } from './look.ts'
import { trafficShare } from './state.ts'

type Opening = ChangeOf<'open_gates'>
type Gated = Opening | ChangeOf<'shut_gates'>

/** Opens gates for the version that was planned for, and for no other. Throws `Superseded` when Flagger has another one in hand. */
export async function openGates(
  { gatesOf, beforeChange }: Pick<KubernetesParts, 'gatesOf' | 'beforeChange'>,
  api: KubernetesApi,
  change: Opening,
  workload: Workload,
  signal: AbortSignal,
): Promise<void> {
  const gates = gatesOf?.(change.target.cluster)
  if (!gates) throw new Error('nobody answers at the gates of Flagger here')
  const canary = await samePresentCanary(api, change, signal)
  if (isReached(change, canary)) return
  if (runningRevision(workload) !== change.to)
    throw new Superseded(`another version of ${change.target.name} was shipped meanwhile`)
  const checksum = checksumOf(canary)
  if (change.checksum === null && !isTrying(canary.status?.phase ?? ''))
    throw new Superseded(`Flagger no longer tries that version of ${change.target.name}`)
  if (change.checksum !== null && checksum !== change.checksum)
    throw new Superseded(`Flagger has another version of ${change.target.name} in hand by now`)
  const version = { ...canaryNameOf(change), checksum }
  for (const { gate, times } of change.openings) {
    beforeChange?.()
    await gates.open(version, { gate, times, lasts: micros(change.lastsMicros) }, change.by)
  }
}

/** Shuts what the step opened for good, whatever became of it and of the Canary. Nothing of the cluster is asked: a gate is ours. */
export async function shutGates(
  { gatesOf, beforeChange }: Pick<KubernetesParts, 'gatesOf' | 'beforeChange'>,
  change: Gated,
): Promise<void> {
  const gates = gatesOf?.(change.target.cluster)
  beforeChange?.()
  await gates?.shut(canaryNameOf(change), change.by)
}

/** Shuts what a step opened that has failed, until it is tried again. */
export async function restGates(
  { gatesOf, beforeChange }: Pick<KubernetesParts, 'gatesOf' | 'beforeChange'>,
  change: Opening,
): Promise<void> {
  const gates = gatesOf?.(change.target.cluster)
  beforeChange?.()
  await gates?.rest(canaryNameOf(change), change.by)
}

/** Whether what the gates were to bring about has come about. */
export function isReached({ goal }: Opening, canary: FlaggerCanary): boolean {
  const { phase = '' } = canary.status ?? {}
  if (goal === 'away') return phase === 'Failed'
  if (goal === 'begun') return isTrying(phase)
  if (goal === 100) return phase === 'Succeeded'
  // From its last step it goes on to wait for its promotion, and keeps its share.
  return isTrying(phase) && trafficShare({ canary, phase }) >= goal
}

export const canaryNameOf = ({ target: { cluster, namespace }, canary: { name } }: Gated) => ({
  cluster,
  namespace,
  name,
})

export async function readCanary(
  api: KubernetesApi,
  { target, canary: { name } }: Gated,
  signal: AbortSignal,
): Promise<FlaggerCanary | undefined> {
  const { items } = await api.list(canariesPath(target), FlaggerCanary, {}, signal)
  return items.find(({ metadata }) => metadata.name === name)
}

async function samePresentCanary(
  api: KubernetesApi,
  change: Gated,
  signal: AbortSignal,
): Promise<FlaggerCanary> {
  const canary = await readCanary(api, change, signal)
  if (canary?.metadata.uid === change.canary.uid) return canary
  throw new Superseded(`the Canary ${change.canary.name} of Flagger is gone, or was made again`)
}
