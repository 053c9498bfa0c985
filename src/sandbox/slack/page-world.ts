import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Controls } from '#sandbox/controls.ts'

const Shipped = z.object({ service: z.string(), kind: z.string() })
const Committed = z.object({ service: z.string() })
const Moved = z.object({
  minutes: z
    .number()
    .min(0)
    .max(7 * 24 * 60),
})
const Down = z.object({ on: z.boolean() })

/** What the panel does to the pretend world, and the download of a timeline. */
export function worldRoutes(
  server: FastifyInstance,
  controls: () => Controls | undefined,
  live: { readonly sample: () => Promise<void> },
): void {
  server.post('/sandbox/world/ship', async ({ body }) => {
    const { service, kind } = Shipped.parse(body)
    const world = controls()
    const refusal = await world?.ship(service, kind)
    await live.sample()
    return refusal === undefined ? { ok: world !== undefined } : { ok: false, error: refusal }
  })
  server.post('/sandbox/world/commit', async ({ body }) =>
    after(controls()?.commit(Committed.parse(body).service)),
  )
  server.post('/sandbox/world/clock', async ({ body }) =>
    after(controls()?.moveClock(Moved.parse(body).minutes)),
  )
  server.post('/sandbox/world/down', async ({ body }) =>
    after(controls()?.slackDown(Down.parse(body).on)),
  )
  server.get<{ Params: { incident: string }; Querystring: { format?: string } }>(
    '/sandbox/timeline/:incident',
    async ({ params, query }, reply) => {
      const timeline = await controls()?.timeline(params.incident)
      if (!timeline) return reply.code(404).send({ error: 'no such incident' })
      if (query.format === undefined) return { verified: timeline.verified }
      const isJson = query.format === 'json'
      const name = `timeline-${params.incident.replaceAll(/[^\w-]/g, '_')}.${isJson ? 'json' : 'md'}`
      return reply
        .type(isJson ? 'application/json; charset=utf-8' : 'text/markdown; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`)
        .header('x-timeline-verified', String(timeline.verified))
        .send(isJson ? timeline.json : timeline.markdown)
    },
  )

  async function after(doing: Promise<void> | undefined) {
    await doing
    await live.sample()
    return { ok: doing !== undefined }
  }
}
