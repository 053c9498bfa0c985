import { z } from 'zod'
import type { Warning } from '#domain/rollback/plan.ts'
import { type Instant, minutes } from '#domain/time.ts'
import { NotAllowed } from '#ports/executor.ts'
import { withoutRightTo } from './access.ts'
import type { KubernetesApi } from './api.ts'
import { Metadata } from './objects.ts'
import { namespaced } from './paths.ts'
import { configReferences } from './references.ts'
import type { KubernetesTarget, RawObject } from './schema.ts'

/** A release is often applied configuration first: what changed this shortly before it belongs to it. */
const beforeRelease = minutes(10)

/**
 * Configuration that going back does not take along: ConfigMaps and Secrets that only one of the versions names, and
 * ConfigMaps written since the bad version went out. What Secrets hold, and when, this account has no right to know.
 */
export async function configWarnings(
  api: KubernetesApi,
  target: KubernetesTarget,
  {
    from,
    to,
    since,
  }: { readonly from: RawObject; readonly to: RawObject; readonly since: Instant },
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  const before = configReferences(from)
  const after = configReferences(to)
  const differs = (name: string) => before.has(name) !== after.has(name)
  const changed = await Promise.all(
    [...after].map(async (reference) => {
      const [kind, name = ''] = reference.split(' ')
      if (kind !== 'ConfigMap' || differs(reference)) return []
      const at = await changedAt(api, target, name, signal)
      if (at === 'unknown') return ['unknown' as const]
      return at !== undefined && at * 1_000 > since - beforeRelease ? [reference] : []
    }),
  )
  const names = [...new Set([...before, ...after])].filter(differs)
  const all = [...names, ...changed.flat().filter((one) => one !== 'unknown')].toSorted()
  return [
    ...(all.length > 0 ? [{ kind: 'config_changed', names: all } as const] : []),
    ...(changed.flat().includes('unknown') ? withoutRightTo(target, 'get', 'configmaps') : []),
  ]
}

/** Epoch milliseconds; `undefined` when the object says nothing, `unknown` when it may not be read. */
async function changedAt(
  api: KubernetesApi,
  target: KubernetesTarget,
  name: string,
  signal: AbortSignal,
): Promise<number | 'unknown' | undefined> {
  try {
    const path = namespaced('v1', target, 'configmaps', name)
    const found = await api.get(path, z.object({ metadata: Metadata }), signal)
    const { managedFields, creationTimestamp } = found?.metadata ?? {}
    const times = [creationTimestamp, ...(managedFields ?? []).map(({ time }) => time)]
    const known = times.flatMap((time) => (time ? [Date.parse(time)] : []))
    return known.length > 0 ? Math.max(...known) : undefined
  } catch (error) {
    if (error instanceof NotAllowed) return 'unknown'
    throw error
  }
}
