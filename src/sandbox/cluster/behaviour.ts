import { createHash } from 'node:crypto'

/** What happens to a pod that runs an image, and what the users of that version then see. */
export interface Behaviour {
  readonly start:
    | { readonly kind: 'ready'; readonly afterMs?: number }
    | { readonly kind: 'never-ready' }
    | {
        readonly kind: 'crash-loop'
        readonly exitCode?: number
        readonly everyMs?: number
        /** The node ends it because it takes too much. */
        readonly outOfMemory?: true
      }
    | { readonly kind: 'image-missing' }
  /** Lines a container writes when it starts. */
  readonly logs?: readonly string[]
  /** Lines a crash-looping container writes last. */
  readonly lastWords?: readonly string[]
  readonly traffic?: { readonly errorRate: number; readonly p95Seconds: number }
}

export const healthy: Behaviour = {
  start: { kind: 'ready' },
  traffic: { errorRate: 0.001, p95Seconds: 0.18 },
}

/** The digest an image reference stands for; `moved` counts how often its tag was pushed again. */
export function imageDigest(image: string, moved = 0): string {
  const pinned = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1]
  if (pinned !== undefined) return pinned
  const hash = createHash('sha256').update(moved === 0 ? image : `${image}#${moved}`)
  return `sha256:${hash.digest('hex')}`
}

/** As a pod's status shows it: `docker.io/shop/checkout@sha256:…`. */
export function imageId(image: string, moved = 0): string {
  const name = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
  const hasRegistry = /^[^/]+[.:][^/]*\//.test(name) || name.startsWith('localhost/')
  return `${hasRegistry ? '' : 'docker.io/'}${name}@${imageDigest(image, moved)}`
}
