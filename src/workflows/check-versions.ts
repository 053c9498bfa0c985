import type { TakenAlert } from '#domain/alerts/alert.ts'
import { deliveryId } from '#domain/ids.ts'
import { chooseTarget } from '#domain/rollback/choose-target.ts'
import { shortId } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { AlertInbox } from '#ports/alerts.ts'
import { crossing, schemaNow } from '#workflows/planning/on-schema.ts'
import type { World } from './world.ts'

interface Ports extends Pick<World, 'catalogue' | 'executors' | 'timeline' | 'policy'> {
  readonly deliveries: Pick<AlertInbox, 'admit'>
}

/**
 * Looks whether the version that would be gone back to can run on today's schema (policy §3: announced when it is deployed, not during
 * the incident), and has a service's people told where it cannot: once for each version that serves. Opens nothing. What cannot be
 * seen is looked at again later.
 */
export async function checkVersions(ports: Ports, signal: AbortSignal): Promise<void> {
  const services = [...ports.catalogue.values()].filter(({ schema }) => schema !== undefined)
  await Promise.all(
    services.map((service) => checkOne(ports, service, signal).catch(() => undefined)),
  )
}

async function checkOne(ports: Ports, service: Service, signal: AbortSignal): Promise<void> {
  const { executors, policy, timeline, deliveries } = ports
  const [target] = service.targets
  const executor = target && executors.get(target.executor)
  if (!target || !executor) return
  const [observed, schema] = await Promise.all([
    executor.observe(target, signal),
    schemaNow(executors, service, signal),
  ])
  if (schema?.kind !== 'known') return
  const candidates = await executor.candidates(target, observed)
  const { running } = observed
  const long = policy.rollback.servedLongMicros
  const before = chooseTarget(candidates, running.id, undefined, long)
  if (before.kind !== 'chosen') return
  const judged = crossing(service, candidates, schema)
  const { revision } = before.candidate
  const why = judged.find((one) => one.revision.id === revision.id)?.crosses
  if (why === undefined) return
  const safe = chooseTarget(judged, running.id, undefined, long)
  const way =
    safe.kind === 'chosen'
      ? `A rollback would go to ${safe.candidate.revision.name}, which can.`
      : 'No version that is known to be good can: until the schema goes back as well, the only way is forward.'
  const alert: TakenAlert = {
    key: `versions:${service.id}`,
    service: service.id,
    source: 'versions',
    status: 'firing',
    startsAt: await timeline.now(),
    name: `${running.name} is out, and ${revision.name} before it can no longer run: ${why}.`,
    summary: way,
    severity: null,
    rollback: null,
  }
  const once = [service.id, shortId(running.id), shortId(revision.id), schema.version].join(':')
  const id = deliveryId(`versions:${once}`)
  await deliveries.admit([{ id, service: service.id, onceIn: null, opens: false, alerts: [alert] }])
}
