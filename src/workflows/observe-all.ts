import type { World } from './world.ts'

/** Looks side by side: all at once, after a start, would take the connections and the processor from whoever presses something then. */
const width = 4
/** How long one may take before the next is begun beside it: a cluster that does not answer holds up no other. In ms. */
const patienceMs = 500

/** Looks at every configured workload once, so that what ran well is known before it is needed. One that does not answer is passed over. */
export async function observeAll(
  { catalogue, executors, clock }: Pick<World, 'catalogue' | 'executors' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...catalogue.values()].flatMap(({ targets }) => targets)
  const looks: Promise<unknown>[] = []
  const next = async (): Promise<void> => {
    for (let target = waiting.shift(); target && !signal.aborted; target = waiting.shift()) {
      const answered = new AbortController()
      const look = Promise.resolve(executors.get(target.executor)?.observe(target, signal))
        .catch(() => undefined)
        .finally(() => answered.abort())
      looks.push(look)
      await clock.pause(patienceMs, AbortSignal.any([signal, answered.signal]))
    }
  }
  await Promise.all(Array.from({ length: width }, next))
  await Promise.all(looks)
}
