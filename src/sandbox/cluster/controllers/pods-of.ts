import { randomBytes } from 'node:crypto'
import type { KubeObject, Pod, PodTemplate } from '../objects.ts'
import { templateHash } from '../template.ts'
import { type Context, isOwnedBy, ownedBy } from './context.ts'

export const podsOf = ({ store }: Context, owner: KubeObject): Pod[] =>
  store.list('Pod', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner))

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}

/** Ready for at least `minReadySeconds`; asks for another look when that is still to come. */
export function isAvailable(context: Context, pod: Pod, minReadySeconds = 0): boolean {
  const ready = pod.status.conditions.find(({ type }) => type === 'Ready')
  if (ready?.status !== 'True') return false
  if (minReadySeconds === 0 || context.isPast()) return true
  const since = Date.parse(ready.lastTransitionTime ?? '')
  const left = since + minReadySeconds * 1_000 - context.now().getTime()
  if (left > 0) context.again(left)
  return left <= 0
}

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined

export function createPod(
  context: Context,
  owner: KubeObject,
  template: PodTemplate,
  at: { name?: string; nodeName?: string; labels?: Record<string, string> } = {},
): Pod {
  const name = at.name ?? freeName(context, owner)
  const pod = context.store.create('Pod', {
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, ...at.labels },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ownerReferences: [ownedBy(owner)],
    },
    spec: {
      terminationGracePeriodSeconds: 30,
      ...template.spec,
      ...(at.nodeName === undefined ? {} : { nodeName: at.nodeName }),
    },
    status: { phase: 'Pending', conditions: [] },
  })
  context.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`)
  return pod
}

/** Five letters are few: a name that is taken is drawn again. */
function freeName({ store }: Context, { metadata }: KubeObject): string {
  for (;;) {
    const name = `${metadata.name}-${templateHash(randomBytes(8).toString('hex')).slice(0, 5)}`
    if (store.get('Pod', metadata.namespace ?? '', name) === undefined) return name
  }
}

/** Asks the node to stop a pod; it goes after its grace. */
export function deletePod(context: Context, owner: KubeObject, pod: Pod): void {
  if (isTerminating(pod)) return
  markDeleted(context, pod, pod.spec.terminationGracePeriodSeconds ?? 30)
  context.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
}

export function markDeleted(context: Context, pod: Pod, graceSeconds: number): void {
  const { uid, name, namespace } = pod.metadata
  if (graceSeconds === 0 || context.isPast() || pod.spec.nodeName === undefined) {
    context.store.remove('Pod', { uid, name, ...(namespace === undefined ? {} : { namespace }) })
    return
  }
  const at = new Date(context.now().getTime() + graceSeconds * 1_000)
  context.store.put('Pod', {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(pod.metadata.generation === undefined ? {} : { generation: pod.metadata.generation + 1 }),
      deletionTimestamp: `${at.toISOString().slice(0, 19)}Z`,
      deletionGracePeriodSeconds: graceSeconds,
    },
  })
}
