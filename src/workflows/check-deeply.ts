import type { TakenAlert } from '#domain/alerts/alert.ts'
import { deliveryId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { AlertInbox, AlertMemory } from '#ports/alerts.ts'
import type { World } from './world.ts'

interface Ports extends Pick<World, 'catalogue' | 'timeline' | 'probe' | 'clock'> {
  readonly deliveries: Pick<AlertInbox, 'admit'>
  readonly memory: Pick<AlertMemory, 'heard'>
}

/** Before what has failed is asked once more: a single answer that was lost wakes nobody. */
const againMs = 5_000

/**
 * Reads and writes as a test user, once for every service that has an address for it (policy §4), and hands what is news to those who
 * take in alerts. It calls people and never asks for a rollback. Safe to repeat, and by several at once.
 */
export async function checkDeeply(ports: Ports, signal: AbortSignal): Promise<void> {
  const checks = await Promise.allSettled(
    [...ports.catalogue.values()].map((service) => check(ports, service, signal)),
  )
  const failed = checks.find((one) => one.status === 'rejected')
  if (failed) throw new Error('what a deep check found could not be told', { cause: failed.reason })
}

async function check(ports: Ports, service: Service, signal: AbortSignal): Promise<void> {
  const { id, deepCheck: url } = service
  if (url === undefined) return
  const why = await whyUnwell(ports, url, signal)
  // Whoever lets go of it in the middle has found nothing.
  if (signal.aborted) return
  const key = `deep-check:${id}`
  const status = why === undefined ? 'resolved' : 'firing'
  const last = (await ports.memory.heard([key])).get(key)
  if ((last?.status ?? 'resolved') === status) return
  const startsAt = await ports.timeline.now()
  const alert: TakenAlert = {
    key,
    service: id,
    source: 'deep-check',
    status,
    startsAt,
    name: 'deep check',
    summary: `reading and writing as a test user ${why === undefined ? 'works again' : `fails: ${why}`}`,
    severity: 'medium',
    rollback: null,
  }
  const delivery = deliveryId(`${key}:${status}:${last?.startsAt ?? 'first'}`)
  await ports.deliveries.admit([
    { id: delivery, service: id, onceIn: null, opens: true, alerts: [alert] },
  ])
}

/** Why it is not well, asked twice; `undefined` when it is. */
async function whyUnwell(
  { probe, clock }: Pick<Ports, 'probe' | 'clock'>,
  url: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if ((await probe.get(url, signal)).ok) return undefined
  await clock.pause(againMs, signal)
  const { ok, why, status } = await probe.get(url, signal)
  return ok ? undefined : (why ?? `answered ${status ?? 'nothing'}`)
}
