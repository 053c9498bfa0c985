import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import type { AskedAtGate, FlaggerVersion } from '#domain/flagger/gates.ts'
import { deliveryId, type ServiceId } from '#domain/ids.ts'
import type { NewDelivery } from '#ports/alerts.ts'
import { EpochTime, line } from './texts.ts'

const name = z.string().min(1).max(253)

/** What Flagger (v1beta1) posts at every gate and of every event. */
const Payload = z.object({
  name,
  namespace: name,
  phase: z.string().max(40).default(''),
  checksum: z.string().min(1).max(100),
  metadata: z
    .object({
      /** Whose Canary it is, where its name does not say it. */
      service: z.string().max(63).optional(),
      eventMessage: z.string().optional(),
      eventType: z.string().optional(),
      timestamp: EpochTime.optional(),
    })
    .nullish(),
})
type Payload = z.infer<typeof Payload>

export type ReadFlagger =
  | {
      readonly kind: 'read'
      readonly asked: Pick<AskedAtGate, 'version' | 'phase'>
      readonly payload: Payload
    }
  | { readonly kind: 'unreadable' }

/** What was sent for a Canary of `cluster`. Throws nothing, whatever the bytes are. */
export function readFlagger(cluster: string, raw: Uint8Array): ReadFlagger {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw)
    const payload = Payload.parse(JSON.parse(text))
    const { namespace, checksum, phase } = payload
    const version: FlaggerVersion = { cluster, namespace, name: payload.name, checksum }
    return { kind: 'read', asked: { version, phase }, payload }
  } catch {
    return { kind: 'unreadable' }
  }
}

/**
 * What people are told of an event: that Flagger gave a version up. That one came out, and the steps between, are nothing to anybody
 * who did not ask. `undefined` also where the Canary is of no service of ours.
 */
export function eventDelivery(
  catalogue: Catalogue,
  { version: { cluster, checksum } }: Pick<AskedAtGate, 'version'>,
  { name: canary, namespace, phase, metadata }: Payload,
): NewDelivery | undefined {
  const { eventMessage, timestamp, service: named } = metadata ?? {}
  const service = serviceOf(catalogue, { cluster, namespace, name: canary }, named)
  if (phase !== 'Failed' || service === undefined || timestamp === undefined) return undefined
  const key = hash(`flagger ${cluster}/${namespace}/${canary}`)
  const alert: TakenAlert = {
    key,
    source: 'flagger',
    status: 'firing',
    startsAt: timestamp,
    name: line(`Flagger gave the new version of ${canary} up`, 'name'),
    summary: line(eventMessage ?? '', 'summary'),
    severity: null,
    rollback: null,
    service,
  }
  // Of several events of one version the first counts.
  const id = deliveryId(`webhook:flagger:${hash(`${key} ${checksum} firing`)}`)
  return { id, service, onceIn: null, opens: false, alerts: [alert] }
}

const Spec = z.object({ cluster: z.string(), namespace: z.string(), name: z.string() })

/** The service whose workload has the Canary's name, or that the Canary names itself. */
function serviceOf(
  catalogue: Catalogue,
  canary: z.infer<typeof Spec>,
  named: string | undefined,
): ServiceId | undefined {
  const all = [...catalogue.values()]
  const isThere = (one: unknown, isName: (name: string) => boolean): boolean => {
    const { data } = Spec.safeParse(one)
    return (
      data?.cluster === canary.cluster && data.namespace === canary.namespace && isName(data.name)
    )
  }
  return all.find(({ id, targets }) =>
    targets.some(({ spec }) =>
      isThere(spec, (target) => (named === undefined ? target === canary.name : named === id)),
    ),
  )?.id
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)
