import { imageId } from './behaviour.ts'
import type { Container, ContainerStatus, Pod } from './objects.ts'

/** Where a pod has come to; `index` is the container that has the trouble. */
export type Stage =
  | { readonly kind: 'creating' | 'started' | 'ready' }
  | { readonly kind: 'not-ready'; readonly index: number }
  | { readonly kind: 'waiting'; readonly index: number; readonly reason: string }
  | {
      readonly kind: 'crashed'
      readonly index: number
      readonly exitCode: number
      readonly reason: 'Error' | 'OOMKilled'
    }

interface Facts {
  readonly at: string
  readonly restarts: number
  readonly movedTag: (image: string) => number
}

export function containerStatuses(pod: Pod, stage: Stage, facts: Facts): ContainerStatus[] {
  return pod.spec.containers.map((container, index) => {
    const before = pod.status.containerStatuses?.find(({ name }) => name === container.name)
    const isTroubled = 'index' in stage && stage.index === index
    return statusOf(
      container,
      before,
      'index' in stage && !isTroubled ? { kind: 'ready' } : stage,
      {
        ...facts,
        restarts: isTroubled ? facts.restarts : 0,
      },
    )
  })
}

function statusOf(
  container: Container,
  before: ContainerStatus | undefined,
  stage: Stage,
  { at, restarts, movedTag }: Facts,
): ContainerStatus {
  const { name, image } = container
  const startedAt = before?.state.running?.startedAt ?? at
  const base = {
    name,
    image,
    imageID: before?.imageID || imageId(image, movedTag(image)),
    restartCount: restarts,
    lastState: before?.lastState ?? {},
  }
  switch (stage.kind) {
    case 'creating':
      return { ...base, imageID: '', ...idle, state: waiting('ContainerCreating') }
    case 'waiting':
      return { ...base, imageID: '', ...idle, state: waiting(stage.reason, pullMessage(image)) }
    case 'started':
    case 'not-ready':
      return { ...base, ready: false, started: true, state: { running: { startedAt } } }
    case 'ready':
      return { ...base, ready: true, started: true, state: { running: { startedAt } } }
    case 'crashed':
      return {
        ...base,
        ready: false,
        started: true,
        state: waiting('CrashLoopBackOff', `back-off restarting failed container=${name}`),
        lastState: {
          terminated: {
            exitCode: stage.exitCode,
            reason: stage.reason,
            startedAt,
            finishedAt: at,
          },
        },
      }
  }
}

const idle = { ready: false, started: false } as const

const waiting = (reason: string, message?: string) => ({
  waiting: { reason, ...(message === undefined ? {} : { message }) },
})

const pullMessage = (image: string): string => `Back-off pulling image "${image}"`
