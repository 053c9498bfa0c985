import { Gauge, type GaugeConfiguration, type Registry } from 'prom-client'

/** As the database tells it; see `backlog`. */
interface Waiting {
  readonly replicas: number
  readonly incidents: number
  readonly outbox: { readonly waiting: number; readonly oldest: number }
  readonly inbox: { readonly waiting: number; readonly oldest: number; readonly abandoned: number }
  readonly overdue: number
  readonly jobs: readonly {
    readonly task: string
    readonly waiting: number
    readonly running: number
    readonly oldest: number
  }[]
}
/** What is asked of a pool of connections. */
interface Connections {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** How old an answer may be that several scrapes share, and how long one may take; in ms. */
const freshMs = 4_000
const askMs = 2_000

/** What is so at the moment of a scrape. What the database tells is asked once for several scrapes, and left out when it does not answer. */
export function stateFigures(
  registry: Registry,
  {
    backlog,
    pools,
    isReady,
  }: {
    readonly backlog: () => Promise<Waiting>
    readonly pools: Readonly<Record<string, Connections>>
    readonly isReady: () => Promise<boolean>
  },
): void {
  const waiting = shared(backlog)
  const add = <Label extends string>(one: GaugeConfiguration<Label>) =>
    new Gauge({ ...one, registers: [registry] })
  const gauge = (name: string, help: string, of: (now: Waiting) => number) =>
    add({
      name,
      help,
      async collect() {
        const now = await waiting()
        if (now) this.set(of(now))
        else this.remove()
      },
    })
  const perTask = (name: string, help: string, of: (job: Waiting['jobs'][number]) => number) =>
    add({
      name,
      help,
      labelNames: ['task'],
      async collect() {
        const now = await waiting()
        this.reset()
        for (const job of now?.jobs ?? []) this.set({ task: job.task }, of(job))
      },
    })

  add({
    name: 'countermand_database_up',
    help: '1 while the database answers within two seconds.',
    async collect() {
      this.set((await waiting()) ? 1 : 0)
    },
  })
  add({
    name: 'countermand_ready',
    help: '1 while /readyz answers 200.',
    async collect() {
      this.set((await isReady()) ? 1 : 0)
    },
  })
  gauge(
    'countermand_replicas',
    'Processes that hold their lock and their lease.',
    (now) => now.replicas,
  )
  gauge('countermand_incidents_open', 'Incidents that are not closed.', (now) => now.incidents)
  gauge(
    'countermand_incident_overdue_seconds',
    'For how long the incident that was to be looked at first has waited for it.',
    (now) => now.overdue,
  )
  gauge(
    'countermand_outbox_waiting',
    'Notices for Slack that were not shown yet.',
    (now) => now.outbox.waiting,
  )
  gauge(
    'countermand_outbox_oldest_seconds',
    'Age of the oldest notice that was not shown yet.',
    (now) => now.outbox.oldest,
  )
  gauge(
    'countermand_inbox_waiting',
    'Requests that were taken in and are not answered yet.',
    (now) => now.inbox.waiting,
  )
  gauge(
    'countermand_inbox_oldest_seconds',
    'Age of the oldest request that is not answered yet.',
    (now) => now.inbox.oldest,
  )
  gauge(
    'countermand_inbox_abandoned',
    'Requests given up after half an hour of tries, alerts after ten minutes, for people to look at.',
    (now) => now.inbox.abandoned,
  )
  perTask(
    'countermand_jobs_waiting',
    'Queued work by task, that which is put off included.',
    (job) => job.waiting,
  )
  perTask(
    'countermand_jobs_running',
    'Work in hand by task, over all replicas.',
    (job) => job.running,
  )
  perTask(
    'countermand_jobs_oldest_seconds',
    'For how long work of the task has been due.',
    (job) => job.oldest,
  )
  add({
    name: 'countermand_pool_connections',
    help: 'Connections to the database, by pool and by whether they are in use.',
    labelNames: ['pool', 'state'],
    collect() {
      for (const [pool, { totalCount, idleCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'idle' }, idleCount)
        this.set({ pool, state: 'busy' }, totalCount - idleCount)
      }
    },
  })
  add({
    name: 'countermand_pool_waiting',
    help: 'Callers that wait for a connection.',
    labelNames: ['pool'],
    collect() {
      for (const [pool, { waitingCount }] of Object.entries(pools)) this.set({ pool }, waitingCount)
    },
  })
}

/** Asked once at a time, and not more often than every few seconds; `undefined` when it failed or took too long. */
function shared<Answer>(ask: () => Promise<Answer>): () => Promise<Answer | undefined> {
  let last: { readonly at: number; readonly answer: Promise<Answer | undefined> } | undefined
  return () => {
    const now = performance.now()
    if (!last || now - last.at > freshMs) last = { at: now, answer: inTime(ask) }
    return last.answer
  }
}

async function inTime<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), askMs)
  try {
    return await Promise.race([ask(), late.promise])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
