import { createHash } from 'node:crypto'
import { canonicalJson } from '#domain/json.ts'
import type { Workload } from './objects.ts'

/** What a folder of the repository holds since its last commit. */
export interface Folder {
  readonly revision: string
  readonly workloads: readonly Workload[]
}
export type Git = ReturnType<typeof createGit>

/** The repository from which Argo CD and Flux bring what runs; `changed` is called after each commit. */
export function createGit(changed: () => void) {
  const folders = new Map<string, Folder>()
  return {
    at: (folder: string): Folder | undefined => folders.get(folder),
    /** Where this workload stands, and how. */
    find(kind: string, namespace: string, name: string) {
      for (const [folder, { workloads }] of folders) {
        const workload = workloads.find((one) => isOf(one, { kind, namespace, name }))
        if (workload) return { folder, workload }
      }
      return undefined
    },
    /** Writes it beside what else the folder holds, or in place of what it held of it. */
    commit(folder: string, workload: Workload): void {
      const { kind, metadata } = workload
      const { name, namespace = '' } = metadata
      const { revision = '', workloads = [] } = folders.get(folder) ?? {}
      const others = workloads.filter((one) => !isOf(one, { kind, namespace, name }))
      const all = [...others, structuredClone(workload)]
      folders.set(folder, { revision: commitId(revision, all), workloads: all })
      changed()
    },
  }
}

const isOf = (
  { kind, metadata }: Workload,
  wanted: { readonly kind: string; readonly namespace: string; readonly name: string },
): boolean =>
  kind === wanted.kind &&
  metadata.name === wanted.name &&
  (metadata.namespace ?? '') === wanted.namespace

const commitId = (before: string, workloads: readonly Workload[]): string =>
  createHash('sha1')
    .update(before + canonicalJson(workloads))
    .digest('hex')
