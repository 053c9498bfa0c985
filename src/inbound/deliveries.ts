import { createHash } from 'node:crypto'
import type { Alert, AlertSource, TakenAlert } from '#domain/alerts/alert.ts'
import { type AlertRule, type Mapping, mappingOf } from '#domain/alerts/rules.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { deliveryId, type ServiceId } from '#domain/ids.ts'
import { minutes } from '#domain/time.ts'
import type { NewDelivery } from '#ports/alerts.ts'

export interface Sorted {
  readonly deliveries: readonly NewDelivery[]
  /** Alerts that no rule is for. */
  readonly unmapped: number
}

/** How often an unknown sender may have people told of one service. */
const suggestEvery = minutes(10)

/**
 * What is to be taken in of what was sent: whose it is, and named so that whatever says the same is the same, in whatever order and by
 * whichever of two senders that stand in for each other. Of a sender nobody knows, one word about a service in ten minutes.
 */
export function deliveriesOf(
  source: AlertSource,
  alerts: readonly Alert[],
  { rules, catalogue }: { readonly rules: readonly AlertRule[]; readonly catalogue: Catalogue },
  sender: { readonly isKnown: boolean },
): Sorted {
  const groups = new Map<string, { service: ServiceId; opens: boolean; alerts: TakenAlert[] }>()
  let unmapped = 0
  for (const alert of alerts) {
    const mapping = mappingOf(rules, catalogue, alert)
    if (mapping.kind === 'unmapped') unmapped += 1
    if (mapping.kind !== 'mapped') continue
    const { service } = mapping
    const opens = sender.isKnown && mapping.effect === 'open'
    // That something is well again is no suggestion.
    if (!opens && alert.status === 'resolved') continue
    const key = `${service}:${opens}`
    const group = groups.get(key) ?? { service, opens, alerts: [] }
    group.alerts.push(takenFrom(alert, mapping))
    groups.set(key, group)
  }
  const deliveries = [...groups.values()].map((group): NewDelivery => {
    const said = sender.isKnown ? contentOf(group.alerts) : `unknown ${group.service}`
    const effect = group.opens ? 'opens' : 'suggests'
    return {
      ...group,
      id: deliveryId(`webhook:${source}:${hash(`${effect} ${said}`)}`),
      onceIn: sender.isKnown ? null : suggestEvery,
    }
  })
  return { deliveries, unmapped }
}

function takenFrom(
  { source, fingerprint, status, startsAt, name, summary, rollback }: Alert,
  { service, severity }: Extract<Mapping, { kind: 'mapped' }>,
): TakenAlert {
  const key = hash(`${source} ${fingerprint}`)
  return { key, source, status, startsAt, name, summary, severity, rollback, service }
}

const contentOf = (alerts: readonly TakenAlert[]): string =>
  alerts
    .map(({ key, status, startsAt, service }) => `${service} ${key} ${status} ${startsAt}`)
    .toSorted()
    .join('\n')

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 40)
