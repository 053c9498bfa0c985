import type { Fields, KubeObject } from './objects.ts'

/** Of Argo CD. */
export interface Application extends KubeObject {
  kind: 'Application'
  spec: {
    source?: { repoURL?: string; path?: string }
    syncPolicy?: { automated?: { enabled?: boolean; prune?: boolean; selfHeal?: boolean } | null }
  }
  status?: {
    sync?: { status: 'Synced' | 'OutOfSync'; revision: string }
    reconciledAt?: string
    operationState?: {
      phase: 'Succeeded' | 'Failed'
      message: string
      finishedAt: string
      syncResult: { revision: string }
    }
    resources?: Fields[]
  }
}

/** Of Flux. */
export interface Kustomization extends KubeObject {
  kind: 'Kustomization'
  spec: { path?: string; interval?: string; suspend?: boolean }
  status?: {
    observedGeneration?: number
    lastAppliedRevision?: string
    conditions?: Fields[]
    history?: Fields[]
  }
}
