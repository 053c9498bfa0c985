import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { WorldState } from '#sandbox/controls.ts'
import type { PageDeps } from './page-server.ts'
import { sightOf } from './sight.ts'

/** One look at the services: what the sparklines are drawn from. */
export interface Sample {
  readonly at: string
  readonly services: Readonly<
    Record<string, { readonly errorRate: number | null; readonly p95: number | null }>
  >
}

const sampleEveryMs = 1_000
const samplesKept = 120
const aliveEveryMs = 15_000

/** Server-Sent Events: changes of the workspace as they happen, the world once a second while somebody looks. */
export function createLive(deps: PageDeps) {
  const watchers = new Map<ServerResponse, string>()
  const samples: Sample[] = []
  let latest: WorldState | undefined
  let isSampling = false
  let stopWatching: (() => void) | undefined
  const stopListening = deps.world.workspace.listen((change) => {
    for (const [response, user] of watchers) {
      const sight = sightOf(change, user, deps)
      if (sight) send(response, sight)
    }
  })
  const sampler = setInterval(() => void (watchers.size > 0 && sample()), sampleEveryMs)
  const alive = setInterval(() => {
    for (const response of watchers.keys()) response.write(': alive\n\n')
  }, aliveEveryMs)
  sampler.unref()
  alive.unref()
  watchControls()

  return {
    latest: () => latest,
    history: (): readonly Sample[] => samples,
    sample,
    watchControls,
    routes(server: FastifyInstance): void {
      server.get<{ Querystring: { as?: string } }>('/sandbox/live', (request, reply) => {
        const user = deps.as(request.query.as ?? '').id
        reply.hijack()
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          connection: 'keep-alive',
        })
        reply.raw.write('retry: 500\n\n')
        watchers.set(reply.raw, user)
        reply.raw.on('close', () => watchers.delete(reply.raw))
        void sample()
      })
    },
    close(): void {
      clearInterval(sampler)
      clearInterval(alive)
      stopListening()
      stopWatching?.()
      for (const response of watchers.keys()) response.end()
    },
  }

  function watchControls(): void {
    stopWatching?.()
    stopWatching = deps.controls()?.onChange(() => void (watchers.size > 0 && sample()))
  }

  async function sample(): Promise<void> {
    const controls = deps.controls()
    if (!controls || isSampling) return
    isSampling = true
    try {
      latest = await controls.state()
      const one: Sample = {
        at: latest.clock,
        services: Object.fromEntries(
          latest.services.map(({ name, errorRate, p95 }) => [name, { errorRate, p95 }]),
        ),
      }
      samples.push(one)
      if (samples.length > samplesKept) samples.shift()
      for (const response of watchers.keys())
        send(response, { kind: 'world', world: latest, sample: one })
    } catch {
      for (const response of watchers.keys()) send(response, { kind: 'world_away' })
    } finally {
      isSampling = false
    }
  }
}

const send = (response: ServerResponse, what: object): void => {
  response.write(`data: ${JSON.stringify(what)}\n\n`)
}
