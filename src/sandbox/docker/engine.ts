import type { ServerResponse } from 'node:http'
import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import { type Container, imageOf, type State } from './state.ts'
import { containerView, imageView, listedImageView, listView, logView } from './views.ts'

interface Looking {
  readonly state: State
  readonly now: () => Date
  readonly startMs: number
  readonly behaviourOf: (image: string) => Behaviour
}

/** What the engine answers to a question; `undefined` where it has nothing of that name. */
export function answerOf(
  { state, now, startMs, behaviourOf }: Looking,
  path: string,
  query: URLSearchParams,
): unknown {
  const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, readonly string[]>
  if (path === '/info') return { ID: 'pretend-engine', SystemTime: now().toISOString() }
  if (path === '/containers/json') return listed(state, filters['label'] ?? []).map(listView)
  if (path === '/images/json')
    return [...state.images.values()]
      .filter(({ tags }) =>
        [...tags].some((tag) => filters['reference']?.includes(tag.replace(/:[^:/]+$/, ''))),
      )
      .map(listedImageView)
  const [, id] = /^\/containers\/([0-9a-f]{64})\/json$/.exec(path) ?? []
  const container = state.containers.get(id ?? '')
  if (container)
    return containerView(container, behaviourOf(container.image.origin), startMs, now())
  const [, reference = ''] = /^\/images\/(.+)\/json$/.exec(path) ?? []
  const image = reference === '' ? undefined : imageOf(state, reference)
  return image && imageView(image)
}

/** Writes the logs where a path asks for them; `false` where it does not. */
export function writeLogs(
  { state, behaviourOf }: Looking,
  path: string,
  response: ServerResponse,
): boolean {
  const [, id] = /^\/containers\/([0-9a-f]{64})\/logs$/.exec(path) ?? []
  const container = state.containers.get(id ?? '')
  if (!container) return false
  response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' })
  response.end(logView(behaviourOf(container.image.origin)))
  return true
}

function listed({ containers }: State, labels: readonly string[]): readonly Container[] {
  if (labels.length === 0) throw new Error('pretend: all containers of the engine are asked for')
  return [...containers.values()].filter((one) =>
    labels.every((label) => {
      const [name = '', value] = label.split('=')
      return one.labels[name] === value
    }),
  )
}
