import type { Click } from './click.ts'
import type { Saying } from '#domain/assessment/statement.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type {
  AssessmentId,
  DeliveryId,
  IncidentId,
  PersonId,
  PlanDigest,
  ServiceId,
} from '#domain/ids.ts'
import type { Role } from '#domain/authority/role.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { PinTime } from '#domain/rollback/pin.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { PromotionAct } from '#domain/promotion/events.ts'
import type { GateItem } from '#domain/promotion/items.ts'
import type { RollbackRequest } from '#domain/rollback/request.ts'
import type { Instant } from '#domain/time.ts'
import type { AssessRequest } from '#workflows/assessment/assess-service.ts'
import type { Control } from '#domain/authority/decide-control.ts'
import type { Pressed } from '#workflows/assessment/press-assessment.ts'
import type { CanaryClick } from '#workflows/promotion/decide-promotion.ts'
import type { PromotionRequest } from '#workflows/promotion/request-promotion.ts'
import type { TogetherFlows } from '#workflows/request/together-flows.ts'
import type { Review } from './review-policy.ts'
import type { Said } from '#workflows/incident/say.ts'
import type { Switch } from '#workflows/automation/switch-automation.ts'
import type { WhoAsks } from './who-asks.ts'

type RolesTold = Extract<TimelineEvent, { kind: 'roles_told' }>

/** Everything the surfaces (Slack, HTTP, terminal) may ask for; each answers the person who asked. */
export interface Workflows extends TogetherFlows {
  /** Asked before anything is shown: may this person ask for a rollback, of this service or of any? */
  whoAsks(by: PersonId, service?: ServiceId): Promise<WhoAsks>
  requestRollback(request: RollbackRequest, delivery: DeliveryId): Promise<Answer>
  /** `--dry-run`: the plan, and who would decide; writes nothing. */
  previewRollback(request: RollbackRequest): Promise<Answer>
  approve(
    click: Click & {
      readonly digest: PlanDigest
      readonly acknowledged?: string
      readonly breakGlass?: string
    },
  ): Promise<Answer>
  /** Asked before a form is opened: why approving would be refused whatever is typed there; `undefined` when it may be tried. */
  beforeTyping(
    click: Click & { readonly digest: PlanDigest },
    form: 'acknowledgement' | 'break-glass',
  ): Promise<Answer | undefined>
  /** The same for the other decisions that ask for a reason. */
  beforeReason(click: Click, decided: Control): Promise<Answer | undefined>
  reject(click: Click & { readonly reason: string }): Promise<Answer>
  cancel(click: Click): Promise<Answer>
  undo(click: Click & { readonly reason: string }): Promise<Answer>
  collapse(click: Click & { readonly reason: string }): Promise<Answer>
  keepWaiting(click: Click): Promise<Answer>
  /** Leaves the way under way, where it failed or its budget is spent, for the next one; its plan is approved anew. */
  nextWay(click: Click): Promise<Answer>
  /** What a rollback left behind stays as it is. */
  keepFormer(click: Click): Promise<Answer>
  liftHold(click: Click & { readonly reason: string }): Promise<Answer>
  /** Lets tools that were paused bring what Git has again; the worker carries it out. */
  resumeSync(click: Click & { readonly reason: string }): Promise<Answer>
  /** Orders it; the worker carries it out within the second. */
  liftFreeze(click: Click & { readonly reason: string }): Promise<Answer>
  /** To every other service of the same owner, as `widerFreeze` names them; the worker carries it out. */
  widenFreeze(click: Click & { readonly reason: string }): Promise<Answer>
  /** What the rollback brought stays for so long: deploys are frozen until then. The worker carries it out. */
  pin(click: Click & { readonly reason: string; readonly time: PinTime }): Promise<Answer>
  reviewBreakGlass(click: Click & { readonly note: string }): Promise<Answer>
  /** Asks for a fresh plan of the same request, e.g. after the old one was voided or not recovered. */
  planAgain(click: Click & { readonly to?: string }): Promise<Answer>
  /** `item`: one of `checklistItems` that people tick. */
  tick(said: Said & { readonly item: string; readonly note: string }): Promise<Answer>
  changeSeverity(said: Said & { readonly to: Severity; readonly reason: string }): Promise<Answer>
  changeStart(
    said: Said & { readonly startedAt: Instant; readonly reason: string },
  ): Promise<Answer>
  /** Sends a text people were shown first; `status-…` are the status page's. */
  announce(said: Said & { readonly template: string; readonly text: string }): Promise<Answer>
  addNote(said: Said & { readonly text: string }): Promise<Answer>
  correct(said: Said & { readonly seq: number; readonly text: string }): Promise<Answer>
  /** Puts the draft of the post-mortem under the newest card. */
  askPostMortem(said: Said): Promise<Answer>
  /** How bad it is with a service, what to do and why; the same request again has the same answer. */
  assess(asked: AssessRequest): Promise<Answer>
  watchService(pressed: Pressed): Promise<Answer>
  stopWatching(pressed: Pressed): Promise<Answer>
  sayNoIncident(pressed: Pressed & { readonly reason: string }): Promise<Answer>
  askOwner(pressed: Pressed): Promise<Answer>
  /** What no metric knows. */
  stateImpact(pressed: Pressed & { readonly said: Saying }): Promise<Answer>
  /** `of`: the request that the statement came with. */
  withdraw(pressed: Pressed & { readonly of: DeliveryId }): Promise<Answer>
  /** Takes the canary of a service through its gates, from here on. */
  requestPromotion(request: PromotionRequest, delivery: DeliveryId): Promise<Answer>
  /** `--dry-run`: what its card would show; writes nothing. */
  previewPromotion(request: PromotionRequest): Promise<Answer>
  promotionStatus(service: ServiceId): Promise<Answer>
  promote(click: CanaryClick & { readonly digest: PlanDigest }): Promise<Answer>
  takeCanaryAway(click: CanaryClick & { readonly reason: string }): Promise<Answer>
  /** `turn`: as the card said that was pressed. */
  /** What a promotion in full left behind stays as it is. */
  keepLeft(click: CanaryClick): Promise<Answer>
  holdCanary(click: CanaryClick & { readonly turn: number }, act: 'hold' | 'go-on'): Promise<Answer>
  /** Pressed where it stands for nothing. */
  refuseMisplaced(click: CanaryClick, act: PromotionAct): Promise<Answer>
  /** The move that failed, once more. */
  tryAgain(click: CanaryClick): Promise<Answer>
  tickGate(
    click: CanaryClick & {
      readonly item: GateItem
      readonly holds: boolean
      readonly value: string
    },
  ): Promise<Answer>
  switchAutomation(asked: Switch): Promise<Answer>
  /** Stops a countdown, and automation of the service for an hour. */
  pauseAutomation(click: Click): Promise<Answer>
  /** What may happen to a service by itself. */
  automation(service: ServiceId): Promise<Answer>
  /** Which policy is in force, and what of it waits for a review. */
  policy(): Promise<Answer>
  reviewPolicy(review: Review): Promise<Answer>
  status(service: ServiceId): Promise<Answer>
  history(service: ServiceId): Promise<Answer>
  /** What the surfaces report back: facts of their own that belong on the timeline. */
  assessmentShown(
    assessment: AssessmentId,
    place: { readonly channel: string; readonly ts: string },
  ): Promise<void>
  channelOpened(
    incident: IncidentId,
    channel: { readonly id: string; readonly name: string; readonly created: boolean },
  ): Promise<void>
  rolesTold(
    incident: IncidentId,
    roles: readonly Role[],
    people: readonly PersonId[],
    about: RolesTold['about'],
  ): Promise<void>
  announced(
    incident: IncidentId,
    template: string,
    status: string | null,
    to: string,
    text: string,
  ): Promise<void>
  /** The worker's: carries every rollback of the incident as far as it can go, then says when to look again. */
  advance(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** The worker's: one look of a watch, when it is due. */
  reassess(stream: IncidentId, signal: AbortSignal): Promise<void>
  captureEvidence(incident: IncidentId, signal: AbortSignal): Promise<void>
  measureImpact(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** The worker's: one look at a service that may be rolled back by itself, when it is due. */
  automate(stream: IncidentId, signal: AbortSignal): Promise<void>
  /** At the start: notes what each service allows, and has it looked at from now on. */
  armAutomation(): Promise<void>
  /** At the start: writes down that another configuration is in force from here on. */
  noteConfiguration(hash: string): Promise<void>
  /** Stops and opens deploys as the record asks for: of a service that is frozen, of a version that is held. */
  reconcileFreezes(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** The worker's: proposes the rollback that an alert of the incident asks for. */
  proposeForAlert(incident: IncidentId): Promise<void>
  /** The worker's: calls people outside of Slack, and says there when somebody has decided. */
  page(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Looks at every configured workload once and remembers what it runs; sees canaries that nobody has asked for. */
  observeAll(signal: AbortSignal): Promise<void>
}
