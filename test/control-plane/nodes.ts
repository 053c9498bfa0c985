import { randomBytes } from 'node:crypto'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { createKubelet } from '#sandbox/cluster/kubelet.ts'
import { createLoop } from '#sandbox/cluster/loop.ts'
import type { Pod } from '#sandbox/cluster/objects.ts'
import { behaviourByTag } from './behaviour-by-tag.ts'
import type { Client } from './client.ts'
import { serveLogs } from './log-endpoint.ts'
import { nodeObject } from './node-object.ts'
import { ownerLabels } from './owner.ts'
import { podRoom } from './pod-room.ts'

interface Options {
  readonly count?: number
  /** Only pods that ask for these nodes by `placement` get there; for clusters with other nodes. */
  readonly isApart?: boolean
  readonly podStartMs?: number
  readonly podStopMs?: number
  /** Where the API server finds this process, for logs. */
  readonly address?: string
}

export type Nodes = Awaited<ReturnType<typeof startNodes>>

const leaseRenewedMs = 10_000
const groupLabel = 'countermand.dev/nodes'

/**
 * Stands in for the kubelets of a few nodes of a real API server: says that its pods run, as their images behave – the same
 * idea of a pod as the sandbox's cluster has – and answers for their logs. Nothing is really run.
 */
export async function startNodes(client: Client, options: Options = {}) {
  const { count = 3, isApart = false, podStartMs = 100, podStopMs = 50 } = options
  const group = randomBytes(3).toString('hex')
  const names = Array.from({ length: count }, (_, index) => `node-${group}-${index + 1}`)
  const overrides = new Map<string, Behaviour>()
  const moved = new Map<string, number>()
  const of = (image: string, { metadata }: Pod) => keyOf(image, metadata.namespace)
  const stopped = new AbortController()
  const loop = createLoop(() => kubelet.pass())
  const room = podRoom(client, new Set(names), () => loop.ask())
  const kubelet = createKubelet({
    pods: room.pods,
    now: () => new Date(),
    behaviourOf: (image, pod) => overrides.get(of(image, pod)) ?? behaviourByTag(image) ?? healthy,
    movedTag: (image, pod) => moved.get(of(image, pod)) ?? 0,
    nodes: names,
    podStartMs,
    podStopMs,
  })
  const logs = await serveLogs((namespace, name) => room.find(namespace, name), kubelet.logs)
  const following = room.follow(stopped.signal)
  const address = options.address ?? '127.0.0.1'
  await Promise.all(
    names.map(async (name) => {
      const node = nodeObject(name, {
        address,
        logPort: logs.port,
        labels: { [groupLabel]: group, ...ownerLabels() },
      })
      await client.must('POST', '/api/v1/nodes', node)
      // A new node is tainted until somebody finds it ready.
      const taints = isApart ? [{ key: groupLabel, value: group, effect: 'NoSchedule' }] : []
      await client.merge(`/api/v1/nodes/${name}`, { spec: { taints } })
      await renewLease(client, name)
    }),
  )
  const beat = setInterval(() => {
    for (const name of names) renewLease(client, name).catch(() => undefined)
  }, leaseRenewedMs)

  return {
    names,
    /** What a pod's spec must say to come here, where the nodes are apart. */
    placement: isApart
      ? {
          nodeSelector: { [groupLabel]: group },
          tolerations: [{ key: groupLabel, operator: 'Exists', effect: 'NoSchedule' }],
        }
      : {},
    /** Pods of this image in this namespace behave so from now on, those that run included. */
    behave(namespace: string, image: string, behaviour: Behaviour): void {
      overrides.set(keyOf(image, namespace), behaviour)
      kubelet.restart(image, namespace)
    },
    /** Pushes the tag again: pods that start there from now on run another digest. */
    moveTag(namespace: string, image: string): void {
      const key = keyOf(image, namespace)
      moved.set(key, (moved.get(key) ?? 0) + 1)
    },
    pods: (): readonly Pod[] => room.pods.list(),
    async close(): Promise<void> {
      clearInterval(beat)
      loop.close()
      kubelet.close()
      stopped.abort()
      await following
      await logs.close()
      const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
      await Promise.all(
        names.flatMap((name) => [
          client.ask('DELETE', `/api/v1/nodes/${name}`),
          client.ask('DELETE', `${path}/${name}`),
        ]),
      )
    },
  }
}

const keyOf = (image: string, namespace = ''): string => `${namespace}/${image}`

/** Where node life is watched over, a node without a fresh lease counts as gone. */
async function renewLease(client: Client, name: string): Promise<void> {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: 40,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  }
  const { status } = await client.ask(
    'PATCH',
    `${path}/${name}`,
    { spec },
    'application/merge-patch+json',
  )
  if (status === 404)
    await client.ask('POST', path, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, labels: ownerLabels() },
      spec,
    })
}
