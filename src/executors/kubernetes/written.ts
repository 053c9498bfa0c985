import type { Written } from '#domain/assessment/instance.ts'
import { fromDate, type Instant } from '#domain/time.ts'
import type { KubernetesApi } from './api.ts'
import type { Pod } from './objects.ts'
import { podsPath } from './paths.ts'
import type { KubernetesTarget } from './schema.ts'
import { isReady } from './workload.ts'

/** A person waits: a few pods, and of each what was written last. */
const mostPods = 3
const tailLines = 60
const limitBytes = 16_384
const mostLines = 3
const longestLine = 240

interface Room {
  readonly api: KubernetesApi
  readonly target: KubernetesTarget
  readonly scrub: (text: string) => string
}

/** The lines that say most, of the pods that fail or were started again since `from`. One whose log cannot be had is left out. */
export async function writtenBy(
  room: Room,
  pods: readonly Pod[],
  from: Instant,
  signal: AbortSignal,
): Promise<readonly Written[]> {
  const failing = pods
    .flatMap((pod) => {
      const container = troubled(pod, from)
      return container === undefined ? [] : [{ pod, ...container }]
    })
    .toSorted((one, other) => Number(isReady(one.pod)) - Number(isReady(other.pod)))
    .slice(0, mostPods)
  const found = await Promise.all(
    failing.map(async ({ pod, container, isPrevious }): Promise<Written | undefined> => {
      const text = await logOf(room, pod.metadata.name, { container, isPrevious }, signal)
      const lines = tellingLines(room.scrub(text))
      const instance = pod.metadata.name
      return lines.length > 0 ? { instance, container, isPrevious, lines } : undefined
    }),
  )
  return found.filter((one) => one !== undefined)
}

/** The container to blame: one that ended since, else the first that is not ready. */
function troubled(pod: Pod, from: Instant) {
  const statuses = pod.status.containerStatuses ?? []
  const ended = statuses.find(({ restartCount, lastState }) => {
    const at = new Date(lastState?.terminated?.finishedAt ?? Number.NaN)
    return restartCount > 0 && at.getTime() > 0 && fromDate(at) >= from
  })
  if (ended) return { container: ended.name, isPrevious: true }
  const unready = statuses.find(({ ready }) => !ready)
  return unready && !isReady(pod) ? { container: unready.name, isPrevious: false } : undefined
}

async function logOf(
  { api, target }: Room,
  pod: string,
  { container, isPrevious }: { readonly container: string; readonly isPrevious: boolean },
  signal: AbortSignal,
): Promise<string> {
  const query = { container, tailLines, limitBytes, previous: isPrevious ? true : undefined }
  try {
    return await api.text(`${podsPath(target, pod)}/log`, query, signal)
  } catch {
    // A container that never ran has no log; the rest of what is seen says why.
    return ''
  }
}

const telling = /\b(error|exception|fatal|panic|traceback|critical|refused|denied|cannot|failed)\b/i

/** The last lines that speak of a fault; where none does, the last one. */
function tellingLines(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const faults = [...new Set(lines.filter((line) => telling.test(line)))]
  const chosen = faults.length > 0 ? faults.slice(-mostLines) : lines.slice(-1)
  return chosen.map((line) => line.slice(0, longestLine))
}
