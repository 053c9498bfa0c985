import type { Canary } from '../../flagger-objects.ts'
import type { Context } from '../context.ts'
import { read } from './canary.ts'
import { look } from './look.ts'

interface Job {
  readonly interval: string
  nextAt: number
  isLooking: boolean
}

/**
 * Flagger beside the controllers: looks at each Canary when it is new, when its interval is another one, and once in each – or, where people
 * watch, every so many real milliseconds, whatever the Canary says.
 */
export function createFlagger(context: Context, everyMs?: number) {
  const clock = () => (everyMs === undefined ? context.now().getTime() : performance.now())
  const jobs = new Map<string, Job>()
  const looks = new Map<string, number>()
  let isClosed = false

  async function run(canary: Canary, job: Job): Promise<void> {
    const { namespace = '' } = canary.metadata
    job.isLooking = true
    looks.set(namespace, (looks.get(namespace) ?? 0) + 1)
    try {
      const now = read(context, canary)
      if (now && !isClosed) await look(context, now)
    } catch {
      // What was gone by the time it was written is looked at again in the next interval.
    } finally {
      job.isLooking = false
      context.again(0)
    }
  }

  return {
    pass(): void {
      const now = clock()
      for (const canary of context.store.list('Canary')) {
        const { interval = '60s' } = canary.spec.analysis
        const known = jobs.get(canary.metadata.uid)
        if (known?.isLooking) continue
        const isDue = known === undefined || known.interval !== interval || now >= known.nextAt
        if (isDue) {
          const job = {
            interval,
            nextAt: now + (everyMs ?? milliseconds(interval)),
            isLooking: false,
          }
          jobs.set(canary.metadata.uid, job)
          void run(canary, job)
        } else context.again(known.nextAt - now)
      }
    },
    /** How many looks it began there, and whether it is at one. */
    looksAt: (namespace: string) => ({
      looks: looks.get(namespace) ?? 0,
      isLooking: context.store
        .list('Canary', namespace)
        .some(({ metadata }) => jobs.get(metadata.uid)?.isLooking === true),
    }),
    close(): void {
      isClosed = true
    },
  }
}

const shortestMs = 10_000
const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }

function milliseconds(interval: string): number {
  const [, count = '60', unit = 's'] = /^(\d+)([smh])$/.exec(interval) ?? []
  return Math.max(shortestMs, Number(count) * (units[unit] ?? 1_000))
}
