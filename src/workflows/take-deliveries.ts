import type { TakenAlert } from '#domain/alerts/alert.ts'
import { afterHearing, type Heard, isNews } from '#domain/alerts/heard.ts'
import type { ServiceId } from '#domain/ids.ts'
import { minutes } from '#domain/time.ts'
import type { Log } from '#ports/log.ts'
import type { AlertInbox, AlertMemory, TakenDelivery } from '#ports/alerts.ts'
import { takeAlerts } from '#workflows/incident/take-alerts.ts'
import type { World } from './world.ts'

export interface TakingPorts
  extends Pick<World, 'catalogue' | 'timeline' | 'policy' | 'ids' | 'executors' | 'clock'> {
  readonly deliveries: AlertInbox
  readonly memory: AlertMemory
  /** Tells a service's people of an alert that may open nothing. Throws when it should be tried again. */
  readonly suggest: (
    service: ServiceId,
    alerts: readonly TakenAlert[],
    key: string,
  ) => Promise<void>
  readonly log: Log
}

/** Deliveries that are looked at together: a storm of them is a few transactions. */
const atOnce = 200
/** So many at one look are a storm: what comes meanwhile is looked at together, a little later. */
const storm = 8
const stormPauseMs = 100
/** What fails for so long stays, with the reason, for people to look at. */
const patience = minutes(10)

/**
 * Takes in what machines have sent, all that is there, service by service. Throws when some of it failed, so that the job tries again:
 * what fails for one service holds up no other.
 */
export async function takeDeliveries(ports: TakingPorts, signal: AbortSignal): Promise<void> {
  const failed = new Set<string>()
  let last: unknown
  while (!signal.aborted) {
    const waiting = await ports.deliveries.waiting(atOnce, [...failed])
    if (waiting.length === 0) break
    for (const its of groups(waiting))
      try {
        await taken(ports, its, signal)
        await ports.deliveries.done(its.map(({ id }) => id))
      } catch (error) {
        if (signal.aborted) throw error
        last = error
        for (const { id, waited } of its) {
          failed.add(id)
          if (waited > patience) await ports.deliveries.giveUp(id, String(error))
        }
      }
    if (waiting.length >= storm && waiting.length < atOnce)
      await ports.clock.pause(stormPauseMs, signal)
  }
  if (failed.size > 0) throw new Error('alerts could not be taken in', { cause: last })
}

/** By service, and what may open something apart from what may not: that waits for Slack. */
function groups(waiting: readonly TakenDelivery[]): readonly (readonly TakenDelivery[])[] {
  const found = new Map<string, TakenDelivery[]>()
  for (const one of waiting.toSorted((a, b) => Number(b.opens) - Number(a.opens))) {
    const key = `${one.service}:${one.opens}`
    const group = found.get(key)
    if (group) group.push(one)
    else found.set(key, [one])
  }
  return [...found.values()]
}

async function taken(
  ports: TakingPorts,
  deliveries: readonly TakenDelivery[],
  signal: AbortSignal,
): Promise<void> {
  const [first] = deliveries
  if (!first) return
  const { service: id, opens } = first
  const service = ports.catalogue.get(id)
  if (!service) {
    // Taken out of the configuration since: it is nobody's any more.
    ports.log.warn({ service: id }, 'an alert is about a service that is no longer configured')
    return
  }
  if (!opens) {
    for (const { id: key, alerts } of deliveries) await ports.suggest(id, alerts, key)
    return
  }
  const alerts = deliveries.flatMap((one) => one.alerts)
  const known = await ports.memory.heard([...new Set(alerts.map(({ key }) => key))])
  const { news, after } = sifted(alerts, known)
  if (news.length > 0) await takeAlerts(ports, service, news, signal)
  await ports.memory.remember(id, after)
}

/** What is news, in its order, and what is remembered afterwards. */
function sifted(alerts: readonly TakenAlert[], known: ReadonlyMap<string, Heard>) {
  const heard = new Map(known)
  const after = new Map<string, Heard & { times: number }>()
  const news: TakenAlert[] = []
  for (const alert of alerts.toSorted((a, b) => a.startsAt - b.startsAt || order(a) - order(b))) {
    const { key, status, startsAt } = alert
    const now = { key, status, startsAt }
    const last = heard.get(key)
    if (isNews(now, last)) news.push(alert)
    const next = afterHearing(now, last)
    heard.set(key, next)
    after.set(key, { ...next, times: (after.get(key)?.times ?? 0) + 1 })
  }
  return { news, after: [...after.values()] }
}

const order = ({ status }: TakenAlert): number => (status === 'firing' ? 0 : 1)
