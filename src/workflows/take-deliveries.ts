import type { TakenAlert } from '#domain/alerts/alert.ts'
import { afterHearing, type Heard, isNews } from '#domain/alerts/heard.ts'
import type { AlertMemory } from '#ports/alerts.ts'
import { takeAlerts } from '#workflows/incident/take-alerts.ts'
import { deliveriesInTurn, type InTurnPorts } from './deliveries-in-turn.ts'
import type { World } from './world.ts'

export interface TakingPorts
  extends InTurnPorts,
    Pick<World, 'timeline' | 'policy' | 'ids' | 'executors'> {
  readonly memory: AlertMemory
}

/** Services whose platform may let us wait side by side, each for a few seconds; what they ask of the database is short. */
const services = 8

/**
 * Takes in what machines have sent that may open an incident, all that is there. Throws when some of it failed, so that the job tries
 * again.
 */
export const takeDeliveries = (ports: TakingPorts, signal: AbortSignal): Promise<void> =>
  deliveriesInTurn(
    ports,
    {
      opens: true,
      services,
      async take(service, deliveries) {
        const alerts = deliveries.flatMap((one) => one.alerts)
        const known = await ports.memory.heard([...new Set(alerts.map(({ key }) => key))])
        const { news, after } = sifted(alerts, known)
        if (news.length > 0) await takeAlerts(ports, service, news, signal)
        await ports.memory.remember(service.id, after)
      },
    },
    signal,
  )

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
