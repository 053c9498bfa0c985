import { canonicalJson, isSameJson, type Json } from '#domain/json.ts'
import type { PatchOperation } from '../api.ts'
import { annotationPath } from '../annotating.ts'
import type { Workload } from '../objects.ts'
import { RawObject } from '../schema.ts'

/** Where `kubectl apply`, and Argo CD as it does, keep what they applied last: what is in it and no longer in Git they take away. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Has whoever applies by what was applied last take this template for what he brought: what it alone has goes when he brings the
 * next one. Nothing where nobody applies so, or what stands there cannot be read.
 */
export function takenForApplied(
  { metadata, spec }: Workload,
  template: RawObject,
): readonly PatchOperation[] {
  const text = metadata.annotations?.[lastApplied]
  const applied = text === undefined ? undefined : readObject(text)
  const own = applied && RawObject.safeParse(applied['spec']).data
  if (!applied || !own || !RawObject.safeParse(own['template']).success) return []
  const next = followed(own['template'], spec.template, template) ?? {}
  const value = `${JSON.stringify({ ...applied, spec: { ...own, template: next } })}\n`
  return [{ op: 'replace', path: annotationPath(lastApplied), value }]
}

function readObject(text: string): RawObject | undefined {
  try {
    return RawObject.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

type Part = Json | undefined
type Parts = Readonly<Record<string, Json>>

/**
 * `applied`, with what came, went or changed between `before` and `after`. What both have alike, a default for one, is left as it
 * is; and so is what both have and nobody applied: to take away a part of that, an apply would take away the whole.
 */
function followed(applied: Part, before: Part, after: Part, field = ''): Part {
  if (before === undefined || after === undefined) return after
  if (isSameJson(before, after)) return applied
  if (applied === undefined) return isEmpty(before) ? after : undefined
  const lists = listsBy(mergeKeys[field], [applied, before, after])
  if (lists) return Object.values(followedParts(...lists))
  return isParts(applied) && isParts(before) && isParts(after)
    ? followedParts(applied, before, after)
    : after
}

function followedParts(applied: Parts, before: Parts, after: Parts): Parts {
  const told = new Set([before, after].flatMap((parts) => Object.keys(parts)))
  const fields = new Set([...Object.keys(applied), ...told])
  return Object.fromEntries(
    [...fields].flatMap((field) => {
      const part = told.has(field)
        ? followed(applied[field], before[field], after[field], field)
        : applied[field]
      return part === undefined ? [] : [[field, part]]
    }),
  )
}

const isEmpty = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const isParts = (value: Part): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** By what the items of these lists of a pod template are told apart (`patchMergeKey` of the Kubernetes API); any other list is one value. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  resourceClaims: 'name',
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
}

type Three = readonly [applied: Parts, before: Parts, after: Parts]

/** `undefined` where one of them is no list of items with that key, each once. */
function listsBy(key: string | undefined, values: readonly [Json, Json, Json]): Three | undefined {
  if (key === undefined) return undefined
  const [applied, before, after] = values.map((value) => byKey(key, value))
  return applied && before && after ? [applied, before, after] : undefined
}

function byKey(key: string, value: Json): Parts | undefined {
  if (!Array.isArray(value)) return undefined
  const items: readonly Json[] = value
  const named = items.flatMap((item) =>
    isParts(item) && item[key] !== undefined
      ? [[`${key} ${canonicalJson(item[key])}`, item] as const]
      : [],
  )
  const parts = Object.fromEntries(named)
  return Object.keys(parts).length === items.length ? parts : undefined
}
