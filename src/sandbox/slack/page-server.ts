import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Controls } from '#sandbox/controls.ts'
import type { Actor } from './actor.ts'
import type { World } from './api/method.ts'
import { findElement, type Input } from './elements.ts'
import type { createEvents } from './events.ts'
import type { Faults } from './faults.ts'
import type { Posted, View } from './model.ts'
import { serveAssets } from './page-assets.ts'
import { createLive } from './page-live.ts'
import { worldRoutes } from './page-world.ts'
import { isPosted } from './requests.ts'
import { sightFor } from './sight.ts'

/** A slash command as the manifest describes it. */
export interface CommandHint {
  readonly command: string
  readonly description: string
  readonly usageHint: string
}

export interface PageDeps {
  readonly world: World
  readonly as: (user: string) => Actor
  readonly faults: Faults
  readonly hints: readonly CommandHint[]
  readonly errors: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly events: ReturnType<typeof createEvents>
  readonly controls: () => Controls | undefined
}

const input = z.union([
  z.string(),
  z.number(),
  z.array(z.string()),
  z.record(z.string(), z.unknown()),
])
const inputs = z.record(z.string(), input).default({})
const person = z.object({ as: z.string() })
const Written = person.extend({
  channel: z.string(),
  text: z.string().min(1).max(12_000),
  thread: z.string().optional(),
})
const surface = person.extend({
  channel: z.string().optional(),
  ts: z.string().optional(),
  view: z.string().optional(),
})
const Clicked = surface.extend({
  element: z.string(),
  confirm: z.boolean().optional(),
  value: input.optional(),
  inputs,
})
const Submitted = person.extend({ view: z.string(), values: inputs })
const Closed = person.extend({ view: z.string() })
const Searched = surface.extend({ element: z.string(), typed: z.string().max(300) })

/** The page at `/`, and what it needs to read, to follow and to do. */
export function servePage(server: FastifyInstance, deps: PageDeps) {
  const { world, as, faults } = deps
  const { workspace } = world
  const live = createLive(deps)
  serveAssets(server)
  live.routes(server)
  worldRoutes(server, deps.controls, live)

  server.get<{ Querystring: { as?: string } }>('/sandbox/boot', async ({ query }) => {
    const { id } = as(query.as ?? firstPerson())
    // The first page to open would otherwise draw its panel twice.
    if (live.latest() === undefined) await live.sample()
    return { ...sightFor(id, deps), world: live.latest(), history: live.history() }
  })

  server.post('/sandbox/command', async ({ body }, reply) => {
    const { as: user, channel, text } = Written.parse(body)
    if (faults.isDown()) return reply.code(503).send({ error: 'slack_down' })
    return done(await as(user).command(text, { channel }))
  })

  server.post('/sandbox/say', async ({ body }, reply) => {
    const { as: user, channel, text, thread } = Written.parse(body)
    if (faults.isDown()) return reply.code(503).send({ error: 'slack_down' })
    const { message } = as(user).say(text, { channel, ...(thread ? { thread } : {}) })
    const { bot, rooms } = workspace
    if (
      text.includes(`@${bot.name.toLowerCase()}`) &&
      rooms.get(channel)?.members.includes(bot.userId)
    )
      void deps.events.send({
        type: 'app_mention',
        user,
        text: message.text,
        ts: message.ts,
        channel,
        event_ts: message.ts,
        ...(thread ? { thread_ts: thread } : {}),
      })
    return { ok: true }
  })

  server.post('/sandbox/click', async ({ body }, reply) => {
    const asked = Clicked.parse(body)
    if (faults.isDown()) return reply.code(503).send({ error: 'slack_down' })
    const where = surfaceOf(asked)
    if (!where) return reply.code(404).send({ error: 'gone' })
    return done(
      await as(asked.as).click(where, asked.element, {
        confirm: asked.confirm ?? false,
        value: asked.value,
        inputs: stillThere(asked.inputs, where),
      }),
    )
  })

  server.post('/sandbox/submit', async ({ body }, reply) => {
    const { as: user, view: id, values } = Submitted.parse(body)
    if (faults.isDown()) return reply.code(503).send({ error: 'slack_down' })
    const view = viewOf(user, id)
    if (!view) return reply.code(404).send({ error: 'gone' })
    return done(await as(user).submit(view, stillThere(values, view)))
  })

  server.post('/sandbox/close', async ({ body }) => {
    const { as: user, view: id } = Closed.parse(body)
    const view = viewOf(user, id)
    if (view) await as(user).close(view)
    return { ok: true }
  })

  server.post('/sandbox/options', async ({ body }) => {
    const asked = Searched.parse(body)
    const where = surfaceOf(asked)
    return { options: where ? await as(asked.as).options(where, asked.element, asked.typed) : [] }
  })

  return { close: live.close, watchControls: live.watchControls }

  function surfaceOf(asked: z.infer<typeof surface>): Posted | View | undefined {
    if (asked.view !== undefined) return viewOf(asked.as, asked.view)
    const found = workspace.find(asked.channel ?? '', asked.ts ?? '')
    const user = as(asked.as).id
    return found?.visibleTo === undefined || found.visibleTo === user ? found : undefined
  }
  function viewOf(user: string, id: string): View | undefined {
    return workspace.viewsOf(as(user).id).find((view) => view.id === id)
  }
  function firstPerson(): string {
    const [first] = workspace.people.keys()
    if (first === undefined) throw new Error('the pretend workspace has no people')
    return first
  }
}

/** What somebody chose on a message or view that has since been redrawn without it is left out. */
function stillThere(
  chosen: z.infer<typeof inputs>,
  where: Posted | View,
): Readonly<Record<string, Input>> {
  const blocks = isPosted(where) ? (where.message.blocks ?? []) : where.blocks
  return Object.fromEntries(Object.entries(chosen).filter(([key]) => findElement(blocks, key)))
}

/** What the page learns of an acknowledgement: enough to unlock the button and show trouble. */
function done(result: { readonly kind: string } | undefined) {
  return result === undefined || result.kind === 'acknowledged'
    ? { ok: true }
    : { ...trimmed(result) }
}
function trimmed(result: { readonly kind: string }) {
  return {
    ok: false,
    kind: result.kind,
    ...('error' in result ? { error: result.error } : {}),
    ...('missing' in result ? { missing: result.missing } : {}),
    ...('dialog' in result ? { dialog: result.dialog } : {}),
  }
}
