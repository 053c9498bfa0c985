import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PodRoom } from '#sandbox/cluster/kubelet.ts'
import type { Pod } from '#sandbox/cluster/objects.ts'
import type { Client } from './client.ts'

interface Kept {
  pod: Pod
  /** The newest status, while an older one is on its way. */
  next: Pod['status'] | undefined
  isSending: boolean
}

/**
 * The pods bound to some nodes, as their kubelet knows them: what they should be comes from a watch, what they are is known
 * here first and then written to the API server, in order and the newest only.
 */
export function podRoom(client: Client, nodes: ReadonlySet<string>, changed: () => void) {
  const kept = new Map<string, Kept>()

  function take(seen: Pod): void {
    const one = kept.get(seen.metadata.uid)
    if (one === undefined)
      kept.set(seen.metadata.uid, { pod: withConditions(seen), next: undefined, isSending: false })
    else one.pod = { ...seen, status: one.pod.status }
  }

  async function send(one: Kept): Promise<void> {
    if (one.isSending) return
    one.isSending = true
    while (one.next) {
      const status = one.next
      one.next = undefined
      const { podIP } = status
      await client
        .ask(
          'PATCH',
          `${pathOf(one.pod)}/status`,
          {
            metadata: { uid: one.pod.metadata.uid },
            status: { ...status, ...(podIP ? { podIPs: [{ ip: podIP }] } : {}) },
          },
          'application/merge-patch+json',
        )
        // Gone, or the API server is: the watch tells.
        .catch(() => undefined)
    }
    one.isSending = false
  }

  const pods: PodRoom = {
    list: () => [...kept.values()].map(({ pod }) => pod),
    put(pod) {
      const one = kept.get(pod.metadata.uid)
      if (one === undefined) return
      one.pod = { ...one.pod, status: pod.status }
      one.next = pod.status
      void send(one)
    },
    remove(pod) {
      const { uid } = pod.metadata
      client
        .ask('DELETE', pathOf(pod), {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          gracePeriodSeconds: 0,
          preconditions: { uid },
        })
        .catch(() => undefined)
    },
    warn(pod, reason, message) {
      client
        .ask(
          'POST',
          `/api/v1/namespaces/${pod.metadata.namespace}/events`,
          eventAbout(pod, reason, message),
        )
        .catch(() => undefined)
    },
  }

  return {
    pods,
    find: (namespace: string, name: string): Pod | undefined =>
      pods
        .list()
        .find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    /** Lists and watches until the signal; begins anew whenever the stream ends. */
    async follow(signal: AbortSignal): Promise<void> {
      while (!signal.aborted)
        try {
          const { metadata, items } = (await client.must('GET', '/api/v1/pods')) as unknown as List
          const here = items.filter(isHere)
          const alive = new Set(here.map((pod) => pod.metadata.uid))
          for (const uid of kept.keys()) if (!alive.has(uid)) kept.delete(uid)
          for (const pod of here) take(pod)
          changed()
          const from = `/api/v1/pods?watch=true&resourceVersion=${metadata.resourceVersion}`
          for await (const { type, object } of client.watch(from, signal)) {
            if (type === 'ERROR') break
            const pod = object as Pod
            if (!isHere(pod)) continue
            if (type === 'DELETED') kept.delete(pod.metadata.uid)
            else take(pod)
            changed()
          }
        } catch {
          if (!signal.aborted) await sleep(100)
        }
    },
  }

  function isHere({ spec }: Pod): boolean {
    return spec.nodeName !== undefined && nodes.has(spec.nodeName)
  }
}

interface List {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly Pod[]
}

const withConditions = (pod: Pod): Pod => ({
  ...pod,
  status: { ...pod.status, conditions: pod.status.conditions ?? [] },
})

const pathOf = ({ metadata }: Pod): string =>
  `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`

function eventAbout(pod: Pod, reason: string, message: string) {
  const { name, namespace, uid } = pod.metadata
  const at = `${new Date().toISOString().slice(0, 19)}Z`
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    type: 'Warning',
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component: 'kubelet' },
  }
}
