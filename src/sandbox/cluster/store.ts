import { randomUUID } from 'node:crypto'
import { isSameJson } from '#domain/json.ts'
import { alreadyExists, notFound } from './api-error.ts'
import type { Kind, Kinds, KubeObject, Meta } from './objects.ts'
import { apiVersionOf, resourceOfKind } from './resources.ts'

/** One write, as watches see it. `before` is absent for a new object. */
export interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly kind: Kind
  readonly before: KubeObject | undefined
  readonly object: KubeObject
}

type Draft<K extends Kind> = Omit<Kinds[K], 'metadata' | 'apiVersion'> & {
  readonly metadata: Partial<Meta> & { readonly name: string }
}

export type Store = ReturnType<typeof createStore>

const keptChanges = 4_000

/** The objects under one global resource version, and the recent changes. Stored objects are never changed, only replaced: what it returns must not be changed either. */
export function createStore(now: () => Date) {
  const objects = new Map<Kind, Map<string, KubeObject>>()
  /** What was listed since the last write of a kind, by namespace: controllers look at everything after every write of anything. */
  const listed = new Map<Kind, Map<string | undefined, readonly KubeObject[]>>()
  const listeners = new Set<(change: Change) => void>()
  let changes: Change[] = []
  let version = 1_000
  let compactedAt = version

  function record(
    type: Change['type'],
    kind: Kind,
    before: KubeObject | undefined,
    object: KubeObject,
  ): void {
    version += 1
    object.metadata.resourceVersion = String(version)
    if (type === 'DELETED') of(kind).delete(keyOf(object.metadata))
    else of(kind).set(keyOf(object.metadata), object)
    listed.delete(kind)
    changes.push({ version, type, kind, before, object })
    if (changes.length > keptChanges) {
      changes = changes.slice(-keptChanges / 2)
      compactedAt = (changes[0]?.version ?? version) - 1
    }
    const change = changes.at(-1)
    if (change) for (const listener of listeners) listener(change)
  }

  function of(kind: Kind): Map<string, KubeObject> {
    const found = objects.get(kind) ?? new Map<string, KubeObject>()
    objects.set(kind, found)
    return found
  }

  function inOrder(kind: Kind, ns: string | undefined): readonly KubeObject[] {
    const found = listed.get(kind) ?? new Map<string | undefined, readonly KubeObject[]>()
    listed.set(kind, found)
    const before = found.get(ns)
    if (before) return before
    const all = [...of(kind).values()]
      .filter(({ metadata }) => ns === undefined || metadata.namespace === ns)
      .toSorted((a, b) => (keyOf(a.metadata) < keyOf(b.metadata) ? -1 : 1))
    found.set(ns, all)
    return all
  }

  return {
    now,
    get version() {
      return version
    },
    get<K extends Kind>(kind: K, ns: string, name: string): Kinds[K] | undefined {
      return of(kind).get(keyOf({ name, namespace: ns })) as Kinds[K] | undefined
    },
    /** In the order of their names. */
    list<K extends Kind>(kind: K, ns?: string): Kinds[K][] {
      return [...inOrder(kind, ns)] as Kinds[K][]
    },
    create<K extends Kind>(kind: K, draft: Draft<K>): Kinds[K] {
      const resource = resourceOfKind(kind)
      if (resource === undefined) throw new Error(`no such kind: ${kind}`)
      if (of(kind).has(keyOf(draft.metadata))) throw alreadyExists(resource, draft.metadata.name)
      const created = structuredClone({
        ...draft,
        apiVersion: apiVersionOf(resource),
        kind,
        metadata: {
          ...draft.metadata,
          uid: randomUUID(),
          resourceVersion: '',
          creationTimestamp: rfc3339(now()),
          ...('spec' in draft && kind !== 'Namespace' ? { generation: 1 } : {}),
        },
      }) as unknown as Kinds[K]
      record('ADDED', kind, undefined, created)
      return created
    },
    /** Stores the object unless nothing changed; a write that changes nothing moves no version. */
    put<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
      const before = of(kind).get(keyOf(object.metadata))
      const resource = resourceOfKind(kind)
      if (before === undefined || before.metadata.uid !== object.metadata.uid) {
        if (resource === undefined) throw new Error(`no such kind: ${kind}`)
        throw notFound(resource, object.metadata.name)
      }
      if (isSameJson(withoutVersion(before), withoutVersion(object))) return object
      const stored = structuredClone(object)
      record('MODIFIED', kind, before, stored)
      return stored
    },
    remove(kind: Kind, { name, namespace, uid }: Pick<Meta, 'name' | 'namespace' | 'uid'>): void {
      const before = of(kind).get(keyOf({ name, namespace }))
      if (before?.metadata.uid !== uid) return
      record('DELETED', kind, before, structuredClone(before))
    },
    /** Changes after `since`; `undefined` when some of them are forgotten. */
    since(since: number): readonly Change[] | undefined {
      return since < compactedAt ? undefined : changes.filter((one) => one.version > since)
    },
    get oldest() {
      return compactedAt
    },
    /** Forgets every change so far, as etcd's compaction does: watches from before get 410. */
    compact(): void {
      changes = []
      compactedAt = version
    },
    onChange(listener: (change: Change) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Kubernetes keeps whole seconds. */
export const rfc3339 = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`

const keyOf = ({ name, namespace }: { name: string; namespace?: string | undefined }): string =>
  `${namespace ?? ''}/${name}`

const withoutVersion = (object: KubeObject) => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: '' },
})
