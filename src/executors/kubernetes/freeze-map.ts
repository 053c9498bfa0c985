import { z } from 'zod'
import { type RollbackId, rollbackId } from '#domain/ids.ts'
import { fromDate, type Instant, isoMicros } from '#domain/time.ts'
import type { FreezeOrder, StandingFreeze } from '#ports/freezer.ts'
import type { PatchOperation } from './api.ts'
import { namespaced } from './paths.ts'
import type { KubernetesTarget } from './schema.ts'

/** Of the policy, of its binding, and of the ConfigMap in every namespace: `deploy/freeze.yaml`. */
export const freezeName = 'countermand-freeze'

export const FreezeMap = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  data: z.record(z.string(), z.string()).optional(),
})
export type FreezeMap = z.infer<typeof FreezeMap>

export const freezeMapPath = (target: KubernetesTarget): string =>
  namespaced('v1', target, 'configmaps', freezeName)

/** What is deployed where a target is: itself, and the Deployment beside it, that of its canary or its other colour. */
export const deployedAt = (target: KubernetesTarget): readonly KubernetesTarget[] => {
  const { canary, blueGreen, ...itself } = target
  const beside = canary ?? blueGreen
  return beside ? [target, { ...itself, kind: 'deployment', name: beside.deployment }] : [target]
}

/** One entry a workload: `deployment.checkout`. */
export const freezeKey = ({ kind, name }: KubernetesTarget): string => `${kind}.${name}`

/** Of everything that is deployed where a target is, and of the Service that says which of two colours serves. */
export const freezeKeys = (target: KubernetesTarget): readonly string[] => [
  ...deployedAt(target).map(freezeKey),
  ...(target.blueGreen ? [`service.${target.blueGreen.service}`] : []),
]

/** Beside an entry of its own, one for each rollback that froze it along with another: no name of Kubernetes holds the `_`. */
export const besideKey = (key: string, rollback: RollbackId): string => `${key}_${rollback}`

/** Three lines: whose it is, until when, and the words that the policy says to whoever it refuses. */
export const freezeEntry = ({ rollback, until, words }: FreezeOrder): string =>
  [rollback, isoMicros(until), words].join('\n')

const ownerOf = (entry: string): RollbackId => rollbackId(entry.split('\n')[0] ?? '')

/** What makes the entries stand; empty when they do. Fails where somebody has written meanwhile: read again then. */
export function raisingPatch(
  { metadata, data }: FreezeMap,
  keys: readonly string[],
  entry: string,
): readonly PatchOperation[] {
  if (data)
    return keys
      .filter((key) => data[key] !== entry)
      .map((key) => ({ op: 'add', path: `/data/${key}`, value: entry }))
  // Two first entries at once must not take each other away; beside others there is room for each.
  const unchanged = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: metadata.resourceVersion,
  } as const
  return [
    unchanged,
    { op: 'add', path: '/data', value: Object.fromEntries(keys.map((key) => [key, entry])) },
  ]
}

/** What takes the entries of this rollback away; empty where they are another's, or gone. */
export const liftingPatch = (
  { data }: FreezeMap,
  keys: readonly string[],
  rollback: RollbackId,
): readonly PatchOperation[] =>
  keys.flatMap((key): readonly PatchOperation[] => {
    const entry = data?.[key]
    if (entry === undefined || ownerOf(entry) !== rollback) return []
    return [
      { op: 'test', path: `/data/${key}`, value: entry },
      { op: 'remove', path: `/data/${key}` },
    ]
  })

/** Whether the policy finds an entry of anybody for this workload. */
export const hasEntry = (map: FreezeMap, target: KubernetesTarget): boolean =>
  entriesOf(map, target).length > 0

/** Of the entries of this workload the last to end; one that names no time ends by nobody knows when. */
export function lastFreeze(map: FreezeMap, target: KubernetesTarget): StandingFreeze | undefined {
  const [last] = entriesOf(map, target)
    .map((entry) => ({ rollback: ownerOf(entry), until: endOf(entry) }))
    .toSorted((one, other) => (other.until ?? Infinity) - (one.until ?? Infinity))
  return last
}

function endOf(entry: string): Instant | undefined {
  const end = fromDate(new Date(entry.split('\n')[1] ?? ''))
  return Number.isNaN(end) ? undefined : end
}

const entriesOf = ({ data = {} }: FreezeMap, target: KubernetesTarget): readonly string[] =>
  Object.entries(data).flatMap(([key, entry]) =>
    key === freezeKey(target) || key.startsWith(`${freezeKey(target)}_`) ? [entry] : [],
  )
