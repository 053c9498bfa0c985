import { badRequest } from './api-error.ts'
import type { Context } from './controllers/context.ts'
import type { Pod } from './objects.ts'
import type { Logs } from './pod-logs.ts'
import { isTrue, type Route } from './route.ts'
import { existing } from './write.ts'

/** `GET …/pods/{name}/log` with container, previous, tailLines, limitBytes and timestamps. */
export function readLog(
  context: Context,
  logs: Logs,
  route: Route,
  query: URLSearchParams,
): string {
  const pod = existing(context, route) as Pod
  const { name, uid } = pod.metadata
  const names = pod.spec.containers.map((container) => container.name)
  const container = query.get('container') ?? (names.length === 1 ? names[0] : undefined)
  if (container === undefined)
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`,
    )
  if (!names.includes(container))
    throw badRequest(`container ${container} is not valid for pod ${name}`)
  const isPrevious = isTrue(query.get('previous'))
  const lines = logs.read(uid, container, isPrevious)
  if (lines === undefined && isPrevious)
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
  if (lines === undefined)
    throw badRequest(
      `container "${container}" in pod "${name}" is waiting to start: ${waitingFor(pod, container)}`,
    )
  return cut(lines, query)
}

/** As `tailLines`, `timestamps` and `limitBytes` ask for it. */
export function cut(lines: readonly string[], query: URLSearchParams): string {
  const tail = query.get('tailLines')
  const shown = tail === null ? lines : Number(tail) === 0 ? [] : lines.slice(-Number(tail))
  const isStamped = isTrue(query.get('timestamps'))
  const text = shown
    .map((line) => `${isStamped ? line : line.slice(line.indexOf(' ') + 1)}\n`)
    .join('')
  const limit = query.get('limitBytes')
  return limit === null ? text : Buffer.from(text).subarray(0, Number(limit)).toString()
}

function waitingFor(pod: Pod, container: string): string {
  const status = pod.status.containerStatuses?.find(({ name }) => name === container)
  const reason = status?.state.waiting?.reason ?? 'ContainerCreating'
  return reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason
}
