import { createHash } from 'node:crypto'
import type { Behaviour } from './behaviour.ts'
import { containerStatuses, type Stage } from './container-status.ts'
import type { Pod } from './objects.ts'
import { createLogs } from './pod-logs.ts'
import { rfc3339 } from './store.ts'

/** Where a kubelet finds its pods and shows what became of them. What it put there it finds again at once. */
export interface PodRoom {
  list(): readonly Pod[]
  put(pod: Pod): void
  remove(pod: Pod): void
  warn(pod: Pod, reason: string, message: string): void
}

interface Options {
  readonly pods: PodRoom
  readonly now: () => Date
  /** Everything is ready at once: the past is being built. */
  readonly isPast?: () => boolean
  readonly behaviourOf: (image: string, pod: Pod) => Behaviour
  readonly movedTag: (image: string, pod: Pod) => number
  readonly nodes: readonly string[]
  readonly podStartMs: number
  readonly podStopMs: number
}

interface Known {
  restarts: number
  isStopping: boolean
  timers: Set<NodeJS.Timeout>
}

/** Schedules pods and runs them as their images behave. Real time passes here; only the stamps follow the shifted clock. */
export function createKubelet(options: Options) {
  const { pods, behaviourOf, nodes, podStartMs, podStopMs, isPast = () => false } = options
  const known = new Map<string, Known>()
  const logs = createLogs(options.now)
  const stamp = () => rfc3339(options.now())
  let nextAddress = 10

  function pass(): void {
    const present = pods.list()
    const alive = new Set(present.map(({ metadata }) => metadata.uid))
    for (const [uid, record] of known) if (!alive.has(uid)) forget(uid, record)
    for (const pod of present) {
      const record = known.get(pod.metadata.uid)
      if (record === undefined) adopt(pod)
      else if (pod.metadata.deletionTimestamp !== undefined && !record.isStopping) stop(pod, record)
    }
  }

  function adopt(pod: Pod): void {
    const { uid } = pod.metadata
    known.set(uid, { restarts: 0, isStopping: false, timers: new Set() })
    if (pod.status.podIP === undefined) schedule(pod)
    const { behaviour, index } = hardest(pod)
    const startMs = Math.round(podStartMs * (0.75 + jitter(uid) / 2))
    switch (behaviour.start.kind) {
      case 'ready': {
        if (isPast()) return show(uid, { kind: 'ready' })
        const afterMs = behaviour.start.afterMs ?? startMs
        // One after the other: on a busy machine two timers may come in the wrong order, and it would never be ready.
        return after(uid, afterMs * 0.4, () => {
          show(uid, { kind: 'started' })
          after(uid, afterMs * 0.6, () => show(uid, { kind: 'ready' }))
        })
      }
      case 'never-ready':
        return after(uid, startMs * 0.4, () => {
          show(uid, { kind: 'not-ready', index })
          warn(uid, 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')
        })
      case 'image-missing':
        return after(uid, startMs * 0.4, () => pullFailed(uid, index, startMs))
      case 'crash-loop':
        return after(uid, startMs * 0.4, () => crash(uid, index, behaviour))
    }
  }

  /** The first container that does not simply become ready decides for the pod. */
  function hardest(pod: Pod): { behaviour: Behaviour; index: number } {
    const all = pod.spec.containers.map(({ image }) => behaviourOf(image, pod))
    const index = Math.max(
      0,
      all.findIndex(({ start }) => start.kind !== 'ready'),
    )
    return { behaviour: all[index] ?? { start: { kind: 'ready' } }, index }
  }

  function schedule(pod: Pod): void {
    const nodeName =
      pod.spec.nodeName ?? nodes[Math.floor(jitter(pod.metadata.uid) * nodes.length)] ?? 'node-1'
    nextAddress += 1
    const at = stamp()
    pods.put({
      ...pod,
      spec: { ...pod.spec, nodeName },
      status: {
        ...pod.status,
        podIP: `10.244.${Math.floor(nextAddress / 250)}.${(nextAddress % 250) + 1}`,
        startTime: at,
        conditions: [
          { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: at },
        ],
      },
    })
    show(pod.metadata.uid, { kind: 'creating' })
  }

  function pullFailed(uid: string, index: number, backOffMs: number): void {
    show(uid, { kind: 'waiting', index, reason: 'ErrImagePull' })
    const image = current(uid)?.spec.containers[index]?.image ?? ''
    warn(uid, 'Failed', `Failed to pull image "${image}": not found`)
    after(uid, backOffMs, () => {
      show(uid, { kind: 'waiting', index, reason: 'ImagePullBackOff' })
      warn(uid, 'BackOff', `Back-off pulling image "${image}"`)
    })
  }

  function crash(uid: string, index: number, behaviour: Behaviour): void {
    const record = known.get(uid)
    if (record === undefined || behaviour.start.kind !== 'crash-loop') return
    const { outOfMemory = false, everyMs = 2_000 } = behaviour.start
    const { exitCode = outOfMemory ? 137 : 1 } = behaviour.start
    show(uid, { kind: 'not-ready', index })
    after(uid, Math.min(300, everyMs / 4), () => {
      const container = current(uid)?.spec.containers[index]
      if (container) logs.crashed(uid, container.name, behaviour)
      record.restarts += 1
      const reason = outOfMemory ? 'OOMKilled' : 'Error'
      show(uid, { kind: 'crashed', index, exitCode, reason })
      warn(uid, 'BackOff', `Back-off restarting failed container ${container?.name ?? ''}`)
      after(uid, everyMs, () => crash(uid, index, behaviour))
    })
  }

  function show(uid: string, stage: Stage): void {
    const pod = current(uid)
    const record = known.get(uid)
    if (pod === undefined || record === undefined) return
    const at = stamp()
    const statuses = containerStatuses(pod, stage, {
      at,
      restarts: record.restarts,
      movedTag: (image) => options.movedTag(image, pod),
    })
    for (const status of statuses)
      if (status.state.running) logs.started(uid, status.name, behaviourOf(status.image, pod))
    const isReady = statuses.every(({ ready }) => ready)
    pods.put({
      ...pod,
      status: {
        ...pod.status,
        phase: statuses.some(({ started }) => started) ? 'Running' : 'Pending',
        conditions: [
          ...pod.status.conditions.filter(
            ({ type }) => type !== 'Ready' && type !== 'ContainersReady',
          ),
          ...(['ContainersReady', 'Ready'] as const).map((type) => {
            const status = isReady ? ('True' as const) : ('False' as const)
            const before = pod.status.conditions.find((one) => one.type === type)
            return before?.status === status
              ? before
              : { type, status, lastProbeTime: null, lastTransitionTime: at }
          }),
        ],
        containerStatuses: statuses,
      },
    })
  }

  function stop(pod: Pod, record: Known): void {
    record.isStopping = true
    for (const timer of record.timers) clearTimeout(timer)
    const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1_000
    after(pod.metadata.uid, Math.min(graceMs, podStopMs), () => pods.remove(pod))
  }

  function after(uid: string, delayMs: number, act: () => void): void {
    const record = known.get(uid)
    if (record === undefined) return
    const timer = setTimeout(() => {
      record.timers.delete(timer)
      act()
    }, delayMs)
    record.timers.add(timer)
  }

  function forget(uid: string, record: Known): void {
    for (const timer of record.timers) clearTimeout(timer)
    known.delete(uid)
    logs.forget(uid)
  }

  const current = (uid: string): Pod | undefined =>
    pods.list().find(({ metadata }) => metadata.uid === uid)

  const warn = (uid: string, reason: string, message: string): void => {
    const pod = current(uid)
    if (pod) pods.warn(pod, reason, message)
  }

  return {
    pass,
    logs,
    /** Starts the pods of an image over, because it behaves differently from now on; with a namespace, those in it. */
    restart(image: string, namespace?: string): void {
      for (const pod of pods.list()) {
        const record = known.get(pod.metadata.uid)
        const isThere = namespace === undefined || pod.metadata.namespace === namespace
        const isConcerned =
          isThere && pod.spec.containers.some((container) => container.image === image)
        if (record && isConcerned && !record.isStopping) forget(pod.metadata.uid, record)
      }
      pass()
    },
    close(): void {
      for (const [uid, record] of known) forget(uid, record)
    },
  }
}

/** 0–1, always the same for one pod. */
const jitter = (uid: string): number =>
  createHash('sha256').update(uid).digest().readUInt16BE(0) / 65_536
