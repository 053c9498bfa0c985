import { randomBytes } from 'node:crypto'
import type { KubeObject } from './objects.ts'
import { rfc3339, type Store } from './store.ts'

const keptPerNamespace = 300

/** Writes core/v1 Events; the same message about the same object is counted, not repeated. */
export function createEvents(store: Store, isPast: () => boolean) {
  return (about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void => {
    if (isPast()) return
    const { namespace = '', name, uid } = about.metadata
    const at = rfc3339(store.now())
    const all = store.list('Event', namespace)
    const same = all.find(
      (event) =>
        event.involvedObject.uid === uid && event.reason === reason && event.message === message,
    )
    if (same) {
      store.put('Event', { ...same, count: same.count + 1, lastTimestamp: at })
      return
    }
    const oldest = all.toSorted((a, b) => (a.lastTimestamp < b.lastTimestamp ? -1 : 1))[0]
    if (all.length >= keptPerNamespace && oldest) store.remove('Event', oldest.metadata)
    store.create('Event', {
      kind: 'Event',
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: { kind: about.kind, namespace, name, uid },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: about.kind === 'Pod' ? 'kubelet' : 'controller-manager' },
    })
  }
}
