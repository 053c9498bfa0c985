import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { createFaults } from '#sandbox/cluster/faults.ts'
import { readBody } from '#sandbox/cluster/http.ts'
import { byHand } from './by-hand.ts'
import { dockerCommands } from './commands.ts'
import { answerOf, writeLogs } from './engine.ts'
import { emptyState } from './state.ts'

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
 * A Docker Engine on loopback with what Docker's command does to it, as far as Countermand has need of either: the engine only
 * answers questions, the command only takes the ways to start and stop what is there. Everything else is refused.
 */
export async function startDocker(options: DockerOptions = {}) {
  const { now = () => new Date(), startMs = 0, behaviours = () => healthy } = options
  const own = new Map<string, Behaviour>()
  const behaviourOf = (image: string) => own.get(image) ?? behaviours(image)
  const state = emptyState()
  const faults = createFaults()
  const listeners = new Set<() => void>()
  const timers = new Set<NodeJS.Timeout>()
  const questions: string[] = []
  let changes = 0
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const moved = () => {
    tell()
    const timer = setTimeout(() => {
      timers.delete(timer)
      tell()
    }, startMs + 20)
    timers.add(timer)
  }
  const changed = () => {
    changes += 1
    moved()
  }
  const looking = { state, now, startMs, behaviourOf }
  const { carryOut, commands, breakOff, close } = dockerCommands(
    { state, now, changed, moved },
    faults,
  )

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker')
    if (request.method === 'POST' && pathname === '/pretend/command')
      return write(response, 200, await carryOut(await readBody(request)))
    questions.push(`${request.method} ${pathname}`)
    const fault = faults.take(request.method ?? '', pathname)
    if (fault?.cut !== undefined) return void request.socket.destroy()
    if (fault?.status !== undefined)
      return write(response, fault.status, { message: fault.message ?? 'trouble' })
    if (request.method !== 'GET')
      return write(response, 403, { message: 'pretend: by the API nothing is changed' })
    if (writeLogs(looking, pathname, response)) return
    const found = answerOf(looking, pathname, searchParams)
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
    breakOff,
    /** From now on its containers do so, whatever they did before. */
    behave(reference: string, behaviour: Behaviour): void {
      own.set(reference, behaviour)
    },
    ...byHand({ ...looking, moved }),
    close: () =>
      new Promise<void>((resolve) => {
        for (const timer of timers) clearTimeout(timer)
        close()
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
