import type { DeliveryId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import { minutes } from '#domain/time.ts'
import type { AlertInbox, TakenDelivery } from '#ports/alerts.ts'
import type { Log } from '#ports/log.ts'
import { TenureOver } from '#ports/tenure.ts'
import { sideBySide } from './side-by-side.ts'
import type { World } from './world.ts'

export interface InTurnPorts extends Pick<World, 'catalogue' | 'clock'> {
  readonly deliveries: AlertInbox
  readonly log: Log
}

interface Turns {
  /** Those that may open something, or those that may not. */
  readonly opens: boolean
  /** Of so many services at a time. */
  readonly services: number
  /** Safe to repeat. */
  take(service: Service, deliveries: readonly TakenDelivery[]): Promise<void>
}

/** Deliveries that are looked at together: a storm of them is a few transactions. */
const atOnce = 200
/** So many at one look are a storm: what comes meanwhile is looked at together, a little later. */
const storm = 8
const stormPauseMs = 100
/** In a storm what failed is tried again a second later; otherwise there is nothing left to look at, and the job tries again. */
const looksUntilAgain = 10
/** What fails for so long stays, with the reason, for people to look at. */
const patience = minutes(10)

/**
 * All that machines have sent and nobody has handled, service by service: what fails for one holds up no other, and is tried again
 * apart from what comes later. Throws when some of it failed and nothing else is left, so that the job tries again.
 */
export async function deliveriesInTurn(
  ports: InTurnPorts,
  { opens, services, take }: Turns,
  signal: AbortSignal,
): Promise<void> {
  const { deliveries, log } = ports
  /** What failed, and at which look it is tried again. */
  const failed = new Map<DeliveryId, number>()
  let last: unknown
  for (let look = 0; !signal.aborted; look += 1) {
    const without = [...failed].filter(([, until]) => look < until).map(([id]) => id)
    const waiting = await deliveries.waiting(atOnce, { opens, without })
    if (waiting.length === 0) break
    await sideBySide(services, [...groups(waiting, failed)], async ([id, parts]) => {
      const service = ports.catalogue.get(id)
      // Taken out of the configuration since: it is nobody's any more.
      if (!service)
        log.warn({ service: id }, 'an alert is about a service that is no longer configured')
      for (const its of parts)
        try {
          if (service) await take(service, its)
          await deliveries.done(its.map((one) => one.id))
          for (const one of its) failed.delete(one.id)
        } catch (error) {
          if (signal.aborted || error instanceof TenureOver) throw error
          last = error
          const isNew = its.some((one) => !failed.has(one.id))
          if (isNew)
            log.error(
              { error, service: id, alerts: its.length },
              'Alerts failed, and are tried again',
            )
          for (const { id: delivery, waited } of its) {
            failed.set(delivery, look + looksUntilAgain)
            if (waited <= patience) continue
            await deliveries.giveUp(delivery, String(error))
            failed.delete(delivery)
            log.error({ error, service: id, delivery }, 'An alert was given up')
          }
        }
    })
    if (waiting.length >= storm && waiting.length < atOnce)
      await ports.clock.pause(stormPauseMs, signal)
  }
  if (failed.size > 0) throw new Error('alerts could not be taken in', { cause: last })
}

/** By service: what failed before, and then the rest. */
function groups(
  waiting: readonly TakenDelivery[],
  failed: ReadonlyMap<DeliveryId, number>,
): ReadonlyMap<Service['id'], readonly (readonly TakenDelivery[])[]> {
  const found = Map.groupBy(waiting, ({ service }) => service)
  return new Map(
    [...found].map(([service, its]) => [
      service,
      [its.filter(({ id }) => failed.has(id)), its.filter(({ id }) => !failed.has(id))].filter(
        (part) => part.length > 0,
      ),
    ]),
  )
}
