import type { Json } from '#domain/json.ts'
import { NotAllowed } from '#ports/executor.ts'
import { type KubernetesApi, type PatchOperation, pause } from '../api.ts'
import { ApiFailure, hasCode, isUnknownOutcome } from '../failure.ts'
import { type Metadata, Workload } from '../objects.ts'
import { deploymentPath } from '../paths.ts'
import { objectIn } from '../revision.ts'
import { fieldManager } from '../rollout.ts'
import type { ChangeOf, RawObject } from '../schema.ts'
import { readWorkload, workloadPath } from '../workload.ts'

type Resumed = ChangeOf<'set_reconcile' | 'set_sync'>
type Managed = NonNullable<Metadata['managedFields']>[number]

/** Races that were lost: read again and try again this often. */
const attempts = 6

/**
 * Whoever applies on the server's side (Flux, an Application with ServerSideApply) takes away only what he owns: so he is given
 * what we wrote into the templates that the plan changed, before he goes on. Safe to repeat. Does nothing where nobody applies so, or it is not clear
 * who; what the platform refuses, or does not answer, stays as it is, for that is no reason to keep a sync paused.
 */
export async function handOver(
  api: KubernetesApi,
  change: Resumed,
  signal: AbortSignal,
): Promise<void> {
  const beside = change.kind === 'set_sync' ? (change.beside ?? []) : []
  for (const one of [change, ...beside]) await handOverOne(api, one, signal)
}

async function handOverOne(
  api: KubernetesApi,
  { target, uid }: Pick<Resumed, 'target' | 'uid'>,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1)
    try {
      const workload = await readWorkload(api, target, signal)
      const written = workload?.templateOwner ?? workload
      if (!written || workload?.metadata.uid !== uid) return
      const operations = handing(written)
      if (operations.length === 0) return
      const path =
        written === workload ? workloadPath(target) : deploymentPath(target, written.metadata.name)
      await api.patch(path, operations, Workload, { fieldManager }, signal)
      return
    } catch (error) {
      if (signal.aborted) throw error
      if (!isOfPlatform(error)) throw error
      if (!hasCode(error, 409)) return
      await pause(api.waits.retryMs * attempt, signal)
    }
}

const isOfPlatform = (error: unknown): boolean =>
  error instanceof ApiFailure || error instanceof NotAllowed || isUnknownOutcome(error)

/** A list of managers that was read before is refused with 409, as `kubectl apply --server-side` does it when it takes over. */
export function handing({ metadata }: Workload): readonly PatchOperation[] {
  const all = metadata.managedFields ?? []
  const ours = all.find((one) => one.manager === fieldManager && one.operation === 'Update')
  const appliers = all.filter((one) => one.operation === 'Apply' && templateOf(one))
  const [applier] = appliers
  const template = ours && templateOf(ours)
  const isClear = appliers.length === 1 && applier?.apiVersion === ours?.apiVersion
  if (!template || !applier || !isClear || metadata.resourceVersion === undefined) return []
  const spec = objectIn(applier.fieldsV1?.['f:spec'])
  const given = { ...spec, 'f:template': united(objectIn(spec['f:template']), template) }
  const { 'f:template': _, ...left } = objectIn(ours.fieldsV1?.['f:spec'])
  const managed = all.map((one) =>
    one === applier ? withSpec(one, given) : one === ours ? withSpec(one, left) : one,
  )
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'replace', path: '/metadata/managedFields', value: managed as unknown as Json },
  ]
}

/** What it owns of the template of the object itself. */
const templateOf = ({ subresource, fieldsV1 }: Managed): RawObject | undefined => {
  const spec = objectIn(fieldsV1?.['f:spec'])
  return !subresource && 'f:template' in spec ? objectIn(spec['f:template']) : undefined
}

function withSpec(entry: Managed, spec: RawObject): Managed {
  const { 'f:spec': _, ...others } = entry.fieldsV1 ?? {}
  const isEmpty = Object.keys(spec).length === 0
  return { ...entry, fieldsV1: isEmpty ? others : { ...others, 'f:spec': spec } }
}

/** Fields are sets, written as objects of objects. */
const united = (one: RawObject, other: RawObject): RawObject => ({
  ...one,
  ...Object.fromEntries(
    Object.entries(other).map(([field, within]) => [
      field,
      united(objectIn(one[field]), objectIn(within)),
    ]),
  ),
})
