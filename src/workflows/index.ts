import type { Answer } from '#domain/communication/answer.ts'
import type {
  DeliveryId,
  IncidentId,
  PersonId,
  PlanDigest,
  RollbackId,
  ServiceId,
} from '#domain/ids.ts'
import type { Role } from '#domain/authority/role.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { RollbackRequest } from '#domain/rollback/request.ts'
import { advance } from './advance.ts'
import { approve } from './approve.ts'
import { control } from './control.ts'
import { captureEvidence } from './evidence.ts'
import { measureImpact } from './impact.ts'
import { announce, changeSeverity, report, say } from './inform.ts'
import { observeAll } from './observe-all.ts'
import { planAgain } from './plan-again.ts'
import { previewRollback, requestRollback } from './request-rollback.ts'
import { history, status } from './tell.ts'
import type { World } from './world.ts'

/** Somebody pressed a button of a card. `delivery` makes a repeated click the same click. */
export interface Click {
  readonly by: PersonId
  readonly rollback: RollbackId
  readonly delivery: DeliveryId
}

/** Everything the surfaces (Slack, HTTP, terminal) may ask for; each answers the person who asked. */
export interface Workflows {
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
  reject(click: Click & { readonly reason: string }): Promise<Answer>
  cancel(click: Click): Promise<Answer>
  undo(click: Click & { readonly reason: string }): Promise<Answer>
  collapse(click: Click & { readonly reason: string }): Promise<Answer>
  keepWaiting(click: Click): Promise<Answer>
  liftHold(click: Click & { readonly reason: string }): Promise<Answer>
  reviewBreakGlass(click: Click & { readonly note: string }): Promise<Answer>
  /** Asks for a fresh plan of the same request, e.g. after the old one was voided or not recovered. */
  planAgain(click: Click & { readonly to?: string }): Promise<Answer>
  tick(incident: IncidentId, item: string, by: PersonId, note: string): Promise<Answer>
  changeSeverity(incident: IncidentId, to: Severity, by: PersonId, reason: string): Promise<Answer>
  /** Sends a text people were shown first; `status` for status-page texts. */
  announce(incident: IncidentId, template: string, text: string, by: PersonId): Promise<Answer>
  addNote(incident: IncidentId, text: string, by: PersonId): Promise<Answer>
  correct(incident: IncidentId, seq: number, text: string, by: PersonId): Promise<Answer>
  status(service: ServiceId): Promise<Answer>
  history(service: ServiceId): Promise<Answer>
  /** What the surfaces report back: facts of their own that belong on the timeline. */
  channelOpened(
    incident: IncidentId,
    channel: { readonly id: string; readonly name: string; readonly created: boolean },
  ): Promise<void>
  rolesTold(
    incident: IncidentId,
    roles: readonly Role[],
    people: readonly PersonId[],
    about: 'asked' | 'approved' | 'escalated' | 'break-glass',
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
  captureEvidence(incident: IncidentId, signal: AbortSignal): Promise<void>
  measureImpact(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Looks at every configured workload once and remembers what it runs. */
  observeAll(signal: AbortSignal): Promise<void>
}

/** Joins the parts to what the surfaces may ask for. */
export function workflows(world: World): Workflows {
  return {
    requestRollback: (request, delivery) => requestRollback(world, request, delivery),
    previewRollback: (request) => previewRollback(world, request),
    approve: (click) => approve(world, click),
    reject: (click) => control(world, 'reject', click, click.reason),
    cancel: (click) => control(world, 'cancel', click),
    undo: (click) => control(world, 'undo', click, click.reason),
    collapse: (click) => control(world, 'collapse', click, click.reason),
    keepWaiting: (click) => control(world, 'keep-waiting', click),
    liftHold: (click) => control(world, 'lift-hold', click, click.reason),
    reviewBreakGlass: (click) => control(world, 'review-break-glass', click, click.note),
    planAgain: (click) => planAgain(world, click),
    tick: (incident, item, by, note) =>
      say(world, {
        incident,
        by,
        event: () => ({ kind: 'checklist_ticked', item, by, evidence: note }),
        answer: { kind: 'ticked', item, by },
        levelled: () => undefined,
      }),
    changeSeverity: (incident, to, by, reason) => changeSeverity(world, incident, to, by, reason),
    announce: (incident, template, text, by) => announce(world, incident, template, text, by),
    addNote: (incident, text, by) =>
      say(world, {
        incident,
        by,
        event: () => ({ kind: 'note_added', text, by }),
        answer: { kind: 'noted', what: 'note', text },
        levelled: () => undefined,
      }),
    correct: (incident, seq, text, by) =>
      say(world, {
        incident,
        by,
        event: () => ({ kind: 'corrected', seq, text, by }),
        answer: { kind: 'noted', what: 'correction', text },
        levelled: () => undefined,
      }),
    status: (service) => status(world, service),
    history: (service) => history(world, service),
    channelOpened: (incident, { id, name, created }) =>
      report(world, incident, { kind: 'channel_opened', channel: id, name, created }),
    rolesTold: (incident, roles, people, about) =>
      report(world, incident, { kind: 'roles_told', roles, people, about }),
    announced: (incident, template, status, to, text) =>
      report(world, incident, { kind: 'announced', template, status, to, text, by: 'countermand' }),
    advance: (incident, signal) => advance(world, incident, signal),
    captureEvidence: (incident, signal) => captureEvidence(world, incident, signal),
    measureImpact: (incident, signal) => measureImpact(world, incident, signal),
    observeAll: (signal) => observeAll(world, signal),
  }
}
