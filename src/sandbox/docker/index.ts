import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { readBody } from '#sandbox/cluster/http.ts'
import { Asked, brokenOff, compose, type Ended } from './compose.ts'
import {
  build,
  conditionOf,
  type Container,
  containersOf,
  type Declared,
  emptyState,
  imageOf,
} from './state.ts'
import { containerView, imageView, listView, logView } from './views.ts'

export interface DockerOptions {
  readonly now?: () => Date
  /** Until a container is found healthy, or not. */
  readonly startMs?: number
  readonly behaviours?: (image: string) => Behaviour
}

export type PretendDocker = Awaited<ReturnType<typeof startDocker>>

/** Stands where Docker's own command stands, and asks the pretend engine. */
const program = fileURLToPath(new URL('program.mjs', import.meta.url))

/**
 * A Docker Engine on loopback with what `docker compose` does to it, as far as Countermand has need of either: the engine only
 * answers questions, the command only takes the one way to start a version that is there. Everything else is refused.
 */
export async function startDocker(options: DockerOptions = {}) {
  const now = options.now ?? (() => new Date())
  const { startMs = 0, behaviours = () => healthy } = options
  const own = new Map<string, Behaviour>()
  const behaviourOf = (image: string) => own.get(image) ?? behaviours(image)
  const state = emptyState()
  const faults = createFaults()
  const listeners = new Set<() => void>()
  const timers = new Set<NodeJS.Timeout>()
  const commands: Asked[] = []
  const questions: string[] = []
  let changes = 0
  let breaks: { readonly replaced: number; readonly says: string } | undefined
  let isCounting = true
  const moved = () => {
    for (const listener of listeners) listener()
  }
  const changed = () => {
    if (isCounting) changes += 1
    moved()
    const timer = setTimeout(() => {
      timers.delete(timer)
      moved()
    }, startMs + 20)
    timers.add(timer)
  }
  const around = { state, now, changed }

  /** What somebody else does by hand or in a pipeline: it is not counted. */
  const elsewhere = <Result>(act: () => Result): Result => {
    isCounting = false
    try {
      return act()
    } finally {
      isCounting = true
    }
  }
  const plainUp = (project: string, service: string, scale: number, directory: string): void => {
    const inProject = ['--project-directory', directory, '-p', project, '-f', 'compose.yaml']
    const words = ['--detach', '--no-deps', '--no-build', '--pull', 'never', '--scale']
    const args = ['compose', ...inProject, 'up', ...words, `${service}=${scale}`, service]
    const { code, stderr } = elsewhere(() =>
      compose(around, {
        args,
        stdin: '',
        cwd: directory,
        env: {},
      }),
    )
    if (code !== 0) throw new Error(stderr)
  }

  async function command(request: IncomingMessage): Promise<Ended> {
    const asked = Asked.parse(JSON.parse(await readBody(request)))
    commands.push(asked)
    const name = asked.args.find((word) => ['version', 'config', 'up'].includes(word)) ?? ''
    const fault = faults.take('POST', `/${name}`)
    if (fault?.cut === 'before')
      return { code: 1, stdout: '', stderr: 'error during connect: connection reset by peer' }
    if (fault?.status !== undefined)
      return {
        code: 1,
        stdout: '',
        stderr: `Error response from daemon: trouble of kind ${fault.status}`,
      }
    const former = [...state.containers.values()]
    const done = compose(around, asked)
    if (name === 'up' && breaks) {
      const { replaced, says } = breaks
      breaks = undefined
      return brokenOff(state, former, replaced, says)
    }
    if (fault?.delayMs !== undefined)
      await new Promise((resolve) => {
        timers.add(setTimeout(resolve, fault.delayMs))
      })
    return fault?.cut === 'after'
      ? { code: 1, stdout: '', stderr: 'error during connect: unexpected EOF' }
      : done
  }

  function answer(path: string, query: URLSearchParams): unknown {
    const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, readonly string[]>
    if (path === '/info') return { ID: 'pretend-engine', SystemTime: now().toISOString() }
    if (path === '/containers/json') return listed(filters['label'] ?? []).map(listView)
    if (path === '/images/json')
      return [...state.images.values()]
        .filter(({ tags }) =>
          [...tags].some((tag) => filters['reference']?.includes(tag.replace(/:[^:/]+$/, ''))),
        )
        .map(imageView)
    const [, id] = /^\/containers\/([0-9a-f]{64})\/json$/.exec(path) ?? []
    const container = state.containers.get(id ?? '')
    if (container) return containerView(container, behaviourOf(container.image.origin), startMs)
    const [, reference = ''] = /^\/images\/(.+)\/json$/.exec(path) ?? []
    const image = reference === '' ? undefined : imageOf(state, reference)
    return image && imageView(image)
  }

  function listed(labels: readonly string[]): readonly Container[] {
    if (labels.length === 0) throw new Error('pretend: all containers of the engine are asked for')
    return [...state.containers.values()].filter((one) =>
      labels.every((label) => {
        const [name = '', value] = label.split('=')
        return one.labels[name] === value
      }),
    )
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker')
    if (request.method === 'POST' && pathname === '/pretend/command')
      return write(response, 200, await command(request))
    questions.push(`${request.method} ${pathname}`)
    const fault = faults.take(request.method ?? '', pathname)
    if (fault?.cut !== undefined) return void request.socket.destroy()
    if (fault?.status !== undefined)
      return write(response, fault.status, { message: fault.message ?? 'trouble' })
    if (request.method !== 'GET')
      return write(response, 403, { message: 'pretend: by the API nothing is changed' })
    const [, logged] = /^\/containers\/([0-9a-f]{64})\/logs$/.exec(pathname) ?? []
    const container = state.containers.get(logged ?? '')
    if (container) {
      response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' })
      response.end(logView(behaviourOf(container.image.origin)))
      return
    }
    const found = answer(pathname, searchParams)
    if (found === undefined) return write(response, 404, { message: 'page not found' })
    write(response, 200, found)
  }

  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) =>
      write(response, 500, { message: String(error) }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    url: `http://127.0.0.1:${port}`,
    /** What stands for `docker` on the path. */
    program: [process.execPath, program] as const,
    faults,
    commands,
    questions,
    changes: () => changes,
    onChange(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Makes an image; `again`: other content under the same tag. */
    build: (reference: string, again = 0): string => build(state, reference, again).id,
    /** Takes an image away, as `docker image prune -a` does. */
    prune(reference: string): void {
      const image = imageOf(state, reference)
      if (image) state.images.delete(image.id)
    },
    /** Writes a service into the compose file of a project. */
    declare(project: string, service: string, declared: Declared): void {
      const services = state.files.get(project) ?? new Map<string, Declared>()
      state.files.set(project, services.set(service, { ...declared }))
    },
    /** What somebody does in the project's folder: writes another image into the file, and starts it. */
    deploy(project: string, service: string, image: string, directory: string): void {
      const declared = state.files.get(project)?.get(service)
      if (!declared) throw new Error(`no service ${service} stands in the compose file`)
      declared.image = image
      plainUp(
        project,
        service,
        Math.max(1, containersOf(state, project, service).length),
        directory,
      )
    },
    /** A file is changed and nothing is started. */
    edit(project: string, service: string, settings: Declared['settings']): void {
      const declared = state.files.get(project)?.get(service)
      if (declared) declared.settings = settings
    },
    scale: plainUp,
    /** The next `up` replaces so many containers, cannot start them, and ends with these words; the rest stays. */
    breakOff(replaced: number, says: string): void {
      breaks = { replaced, says }
    },
    /** As if it had been started then. */
    runsSince(project: string, service: string, at: Date): void {
      for (const one of containersOf(state, project, service)) {
        one.created = at
        one.startedMs = -Infinity
      }
    },
    /** From now on its containers do so, whatever they did before. */
    behave(reference: string, behaviour: Behaviour): void {
      own.set(reference, behaviour)
    },
    /** What serves, by the image as it was first called. */
    running(project: string, service: string): ReadonlyMap<string, number> {
      const counts = new Map<string, number>()
      for (const one of containersOf(state, project, service)) {
        const { origin } = one.image
        if (conditionOf(one, behaviourOf(origin), startMs).health === 'healthy')
          counts.set(origin, (counts.get(origin) ?? 0) + 1)
      }
      return counts
    },
    containers: (project: string, service: string) =>
      containersOf(state, project, service).map((one) => ({
        name: `${project}-${service}-${one.number}`,
        image: one.image.id,
        origin: one.image.origin,
        reference: one.reference,
        hash: one.labels['com.docker.compose.config-hash'],
        ...conditionOf(one, behaviourOf(one.image.origin), startMs),
      })),
    /** Stops one, as `docker stop` does. */
    stop(project: string, service: string, code = 0): void {
      for (const one of containersOf(state, project, service)) one.stopped = { code }
    },
    remove(project: string, service: string): void {
      for (const one of containersOf(state, project, service)) state.containers.delete(one.id)
      moved()
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const timer of timers) clearTimeout(timer)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function write(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
