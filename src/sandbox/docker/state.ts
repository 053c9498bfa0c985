import { createHash } from 'node:crypto'
import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import { imageDigest } from '#sandbox/cluster/behaviour.ts'

/** An image as this engine has it; without a tag it is dangling. */
export interface Image {
  readonly id: string
  /** As it was first called, which decides how it behaves. */
  readonly origin: string
  readonly tags: Set<string>
  labels: Readonly<Record<string, string>>
}

export interface Container {
  readonly id: string
  readonly project: string
  readonly service: string
  readonly number: number
  readonly image: Image
  /** As it was asked for. */
  readonly reference: string
  readonly labels: Readonly<Record<string, string>>
  readonly hasHealthCheck: boolean
  /** Where a volume without a name is, as the image asks for it. */
  readonly volume: string | undefined
  readonly restarts: string
  created: Date
  /** By the engine's clock, when it was started last, and how often again. */
  started: Date
  restarted: number
  /** Milliseconds of the machine: how long a start takes passes in real time. */
  startedMs: number
  readonly replaces: string | undefined
  stopped: { readonly code: number; readonly neverStarted?: string } | undefined
}

/** A service as the compose file of its project has it. */
export interface Declared {
  image: string
  /** Everything else that Compose counts: environment, ports, command. */
  settings: Readonly<Record<string, unknown>>
  readonly hasHealthCheck: boolean
  readonly volume?: string
  /** `restart` of the file; `no` where it says none. */
  readonly restarts?: string
}

export interface State {
  readonly images: Map<string, Image>
  readonly containers: Map<string, Container>
  /** By project, then service. */
  readonly files: Map<string, Map<string, Declared>>
}

export const emptyState = (): State => ({
  images: new Map(),
  containers: new Map(),
  files: new Map(),
})

export const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** As `docker build -t`: the tag moves to the new content where another image has it. */
export function build({ images }: State, reference: string, again = 0): Image {
  const id = imageDigest(reference, again)
  const image = images.get(id) ?? { id, origin: reference, tags: new Set(), labels: {} }
  for (const other of images.values()) other.tags.delete(reference)
  image.tags.add(reference)
  images.set(id, image)
  return image
}

/** By its id, or a tag; `latest` where none is named. */
export function imageOf({ images }: State, reference: string): Image | undefined {
  if (reference.startsWith('sha256:')) return images.get(reference)
  const tagged = /:[^/]+$/.test(reference) ? reference : `${reference}:latest`
  return [...images.values()].find(({ tags }) => tags.has(tagged))
}

export const containersOf = (
  { containers }: State,
  project: string,
  service: string,
): readonly Container[] =>
  [...containers.values()].filter((one) => one.project === project && one.service === service)

export type Health = 'starting' | 'healthy' | 'unhealthy'

/** By how its image behaves, and how long ago it started. */
export function conditionOf(
  { stopped, startedMs }: Container,
  { start }: Behaviour,
  startMs: number,
): {
  readonly status: 'created' | 'running' | 'restarting' | 'exited'
  readonly health: Health
  readonly code: number
} {
  if (stopped)
    return {
      status: stopped.neverStarted === undefined ? 'exited' : 'created',
      health: 'unhealthy',
      code: stopped.code,
    }
  const isDone = performance.now() - startedMs >= startMs
  switch (start.kind) {
    case 'crash-loop':
      return {
        status: isDone ? 'restarting' : 'running',
        health: isDone ? 'unhealthy' : 'starting',
        code: isDone ? (start.exitCode ?? 1) : 0,
      }
    case 'never-ready':
    case 'image-missing':
      return { status: 'running', health: isDone ? 'unhealthy' : 'starting', code: 0 }
    case 'ready':
      return { status: 'running', health: isDone ? 'healthy' : 'starting', code: 0 }
  }
}
