import type { Answer } from '#domain/communication/answer.ts'
import { isBrought, type Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { lookAt } from '#workflows/tell.ts'
import type { World } from '#workflows/world.ts'

/** How long all of them together may take to be looked at: a person waits. */
const lookDeadlineMs = 8_000

export interface Window {
  readonly since: Instant
  /** Of an environment as services have it, `prod/production` or only its last part; all of them where it is not named. */
  readonly namespace: string | undefined
}

/**
 * What of the catalogue runs a version that went out in the incident's window, and what does not: only the first is proposed to be
 * rolled back (policy §12). What did not answer is told apart: it is not known to have changed, nor not to.
 */
export async function changedSince(
  { catalogue, timeline, executors }: Pick<World, 'catalogue' | 'timeline' | 'executors'>,
  { since, namespace }: Window,
): Promise<Answer> {
  const now = await timeline.now()
  if (since > now) return { kind: 'start_in_future', typed: since, now }
  const services = [...catalogue.values()].filter((one) => isIn(one, namespace))
  if (services.length === 0)
    return { kind: 'nothing_found', what: `a service in ${namespace ?? 'the configuration'}` }
  const signal = AbortSignal.timeout(lookDeadlineMs)
  const seen = await Promise.all(
    services.map(async (service) => ({
      service: service.id,
      look: await lookAt({ executors }, service, signal),
    })),
  )
  const looked = seen.flatMap(({ service, look }) =>
    'observed' in look ? [{ service, running: look.observed.running }] : [],
  )
  // What a rollback brought back is no change of the incident's.
  const isNew = ({ since: began, by }: Revision): boolean => began >= since && !isBrought(by)
  const changed = looked
    .filter(({ running }) => isNew(running))
    .toSorted((a, b) => b.running.since - a.running.since)
  return {
    kind: 'changed_since',
    since,
    changed: changed.map(({ service, running }) => ({
      service,
      version: running.name,
      at: running.since,
    })),
    unchanged: looked.filter(({ running }) => !isNew(running)).map(({ service }) => service),
    unseen: seen.flatMap(({ service, look }) => ('why' in look ? [service] : [])),
  }
}

const isIn = ({ environment }: Service, namespace: string | undefined): boolean =>
  namespace === undefined || environment === namespace || environment.endsWith(`/${namespace}`)
