import type { IncidentState } from '#domain/incident/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { clock } from '#domain/communication/words.ts'
import { standing } from '#domain/communication/standing.ts'
import { clip, visible } from './text.ts'

/** Slack takes 250 characters; the topic is plain text, in which nothing links or calls. */
export function topic(input: {
  readonly incident: IncidentState
  readonly rollback: RollbackState | undefined
  readonly service: Service
}): string {
  const { incident, rollback, service } = input
  const versions = rollback?.plan
    ? ` · ${rollback.plan.from.name} → ${rollback.plan.to.name}: ${standing(rollback)}`
    : ''
  // A topic is not written anew at midnight: the day is named where it is not the day of the declaration.
  const start = clock(incident.startedAt, incident.declaredAt)
  const text = `${incident.severity.toUpperCase()} · ${service.id} in ${service.environment} · since ${start}${versions} · owner ${service.owner}`
  return clip(quiet(visible(text)), 250)
}

/** Topics have no escaping of their own: what could call or link is spelt with look-alikes. */
const quiet = (text: string): string =>
  text
    .replaceAll('&', '＆')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/@(?=[\p{L}\p{N}])/gu, '＠')
    .replace(/#(?=[\p{L}\p{N}])/gu, '＃')
    .replaceAll('://', ':⁄⁄')
