import type { IncidentId, RollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { RollbackPolicy } from '#domain/rollback/policy.ts'
import type { Phase } from '#domain/rollback/phase.ts'
import { doubtedSyncs } from './sync-words.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import { facts } from './facts.ts'
import {
  filled,
  isTemplateName,
  type Overrides,
  templateFor,
  type TemplateName,
} from './templates.ts'

export interface TextSubject {
  readonly incident: IncidentId
  readonly history: History
  readonly rollback: RollbackId | undefined
  readonly service: Service
  readonly now: Instant
}
export interface StatusOffer {
  readonly status: string
  readonly text: string
  readonly sent: boolean
}

/** Every text the product can write, with the organisation's own words where it has some. */
export function textsFrom(overrides: Overrides, policy: RollbackPolicy) {
  const written = (name: TemplateName, about: TextSubject) => {
    const known = facts({ ...about, policy })
    if (!known) return undefined
    const { title, status, text } = templateFor(name, overrides)
    return { title: `${title}: ${about.service.id}`, text: filled(text, known), status }
  }
  return {
    /** `undefined` for an unknown template, or before the incident was declared. */
    announcement: (template: string, about: TextSubject) =>
      isTemplateName(template) ? written(template, about) : undefined,
    /** What may be said to customers now, in the order it is said. */
    statusOffers: (about: TextSubject): readonly StatusOffer[] => {
      const incident = incidentState(about.history)
      if (!incident) return []
      return offered(rollbacksOf(about.history).at(-1)).flatMap((name) => {
        const text = written(name, about)
        return text?.status
          ? [{ status: text.status, text: text.text, sent: wasSent(incident, name, text.status) }]
          : []
      })
    },
  }
}

const rolledBack: readonly Phase[] = ['verifying', 'watching', 'stable']

/** “Identified” at approval, “Monitoring” at completion, “Resolved” only after the watch (policy §8). Nothing good is said of a service that is not well. */
export function offered(rollback: RollbackState | undefined): readonly TemplateName[] {
  const done = rollback !== undefined && rolledBack.includes(rollback.phase)
  return [
    'status-investigating',
    ...(rollback?.approved ? (['status-identified'] as const) : []),
    ...(done ? (['status-monitoring'] as const) : []),
    ...(rollback?.phase === 'stable' && doubtedSyncs(rollback).length === 0
      ? (['status-resolved'] as const)
      : []),
  ]
}

const wasSent = (incident: IncidentState, template: string, status: string): boolean =>
  incident.announced.some((sent) => sent.status === status || sent.template === template)
