import fastify from 'fastify'
import { z } from 'zod'

/** A pretend PagerDuty: whom it would have called, and why. */
export interface PretendPager {
  readonly url: string
  /** Oldest first. */
  calls(): readonly PretendCall[]
  /** From now on every event is answered so; `undefined`: as usual. */
  answers(fault: PagerFault | undefined): void
  onChange(changed: () => void): void
  close(): Promise<void>
}

export interface PretendCall {
  readonly key: string
  readonly service: string
  readonly summary: string
  /** ISO 8601 in UTC, by the pretend clock. */
  readonly at: string
  readonly state: 'triggered' | 'acknowledged' | 'resolved'
  /** How often it was triggered: once more calls nobody anew while it is open. */
  readonly triggers: number
}

export interface PagerFault {
  readonly status: number
  readonly retryAfter?: string
}

const Event = z.object({
  routing_key: z.string().min(1),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().min(1).max(255),
  payload: z
    .object({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
    })
    .optional(),
})

/** Speaks the Events API v2, as far as it is used. */
export async function startPager(now: () => Date): Promise<PretendPager> {
  const open = new Map<string, PretendCall>()
  const over: PretendCall[] = []
  const listeners: (() => void)[] = []
  let fault: PagerFault | undefined
  const app = fastify({ forceCloseConnections: true })
  app.post('/v2/enqueue', async ({ body }, reply) => {
    if (fault) {
      if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter)
      return reply.code(fault.status).send({ message: 'this pager has been told to fail' })
    }
    const event = Event.safeParse(body)
    const isWhole = event.data?.event_action !== 'trigger' || event.data.payload !== undefined
    if (!event.success || !isWhole)
      return reply.code(400).send({ status: 'invalid event', message: 'Event object is invalid' })
    const { event_action: action, dedup_key: key, payload } = event.data
    const known = open.get(key)
    if (action === 'trigger' && payload)
      open.set(key, {
        key,
        service: payload.source,
        summary: payload.summary,
        at: now().toISOString(),
        state: 'triggered',
        ...known,
        triggers: (known?.triggers ?? 0) + 1,
      })
    if (action === 'acknowledge' && known) open.set(key, { ...known, state: 'acknowledged' })
    if (action === 'resolve' && known) {
      open.delete(key)
      over.push({ ...known, state: 'resolved' })
    }
    for (const listener of listeners) listener()
    return reply.code(202).send({ status: 'success', message: 'Event processed', dedup_key: key })
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    calls: () => [...over, ...open.values()].toSorted((a, b) => a.at.localeCompare(b.at)),
    answers: (how) => {
      fault = how
    },
    onChange: (changed) => void listeners.push(changed),
    close: () => app.close(),
  }
}
