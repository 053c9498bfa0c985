declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** A stream of the timeline: one incident. */
export type IncidentId = Id<'incident'>
/** A stream of the timeline as well: one `/assess`, with everything that was said and watched because of it. */
export type AssessmentId = IncidentId & { readonly [brand]: 'incident'; readonly of: 'assessment' }
export type RollbackId = Id<'rollback'>
/** A stream of the timeline, too: everything that automation did about one service, over all its incidents. */
export type AutomationId = IncidentId & {
  readonly [brand]: 'incident'
  readonly about: 'automation'
}
/** And one canary on its way to everybody, or back: everything that was measured, decided and done about it. */
export type PromotionId = IncidentId & { readonly [brand]: 'incident'; readonly of: 'promotion' }
/** The one stream of the timeline that tells which configuration is in force. */
export type ConfigurationId = IncidentId & {
  readonly [brand]: 'incident'
  readonly about: 'configuration'
}
/** The name people type, exactly as the catalogue spells it. */
export type ServiceId = Id<'service'>
/** One identity at one workspace, `T024BE7LD:U012AB3CD`; names and e-mails live in a side table that can be erased. */
export type PersonId = Id<'person'>
/** What one version *is*, never what it is called: a digest over what the platform runs. */
export type RevisionId = Id<'revision'>
/** One thing that can be rolled back at a time, e.g. `prod/production/deployment/checkout`. */
export type WorkloadId = Id<'workload'>
/** SHA-256 over everything an approver was shown. */
export type PlanDigest = Id<'plan-digest'>
/** One Slack request or webhook, once; retries of the same request keep it. */
export type DeliveryId = Id<'delivery'>

export const incidentId = (text: string): IncidentId => text as IncidentId
/** The names tell streams apart; the database computes its `kind` from the same beginnings (migration 13). */
export const assessmentId = (text: string): AssessmentId => text as AssessmentId
export const isAssessment = (stream: IncidentId): stream is AssessmentId => stream.startsWith('as-')
export const automationOf = (service: ServiceId): AutomationId => `au-${service}` as AutomationId
export const isAutomation = (stream: IncidentId): stream is AutomationId => stream.startsWith('au-')
export const promotionId = (text: string): PromotionId => text as PromotionId
export const isPromotion = (stream: IncidentId): stream is PromotionId => stream.startsWith('pr-')
export const theConfiguration = 'configuration' as ConfigurationId
export const rollbackId = (text: string): RollbackId => text as RollbackId
export const serviceId = (text: string): ServiceId => text as ServiceId
export const personId = (text: string): PersonId => text as PersonId
export const revisionId = (text: string): RevisionId => text as RevisionId
export const workloadId = (text: string): WorkloadId => text as WorkloadId
export const planDigest = (text: string): PlanDigest => text as PlanDigest
export const deliveryId = (text: string): DeliveryId => text as DeliveryId

/** Somebody who proved a name that the configuration maps to nobody. The name itself stays out of the record. */
export const stranger = (fingerprint: string): PersonId => personId(`terminal:${fingerprint}`)
export const isStranger = (person: PersonId): boolean => person.startsWith('terminal:')
