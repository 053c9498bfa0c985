import { type ServiceId, serviceId } from '#domain/ids.ts'
import { type Severity, severities } from '#domain/incident/severity.ts'
import { type ManualReason, manualReasons, type RollbackRequest } from '#domain/rollback/request.ts'
import { nextOpening } from '#domain/schedule/change-windows.ts'
import type { Instant } from '#domain/time.ts'
import { type Edge, messageFor, personOf, tell } from '../edge.ts'
import { turnedAway } from '../turned-away.ts'
import type { Asker } from '../parts.ts'
import { entered, type View } from '../schema.ts'
import {
  flagsFirst,
  inputs,
  lastGood,
  nextWindow,
  rollbackModal,
  type RollbackModalInput,
} from '../views/index.ts'
import { metadataFor, readMetadata } from './metadata.ts'
import { redrawn } from './redrawn.ts'

export interface Filled {
  /** With it the form looks up at once what it would come to. */
  readonly service?: ServiceId
  readonly reason: string | undefined
  readonly severity: Severity | undefined
  readonly to: string | undefined
}

/** Opened before anything is looked up: the permission to open it lasts 3 s. */
export async function openRollbackForm(
  edge: Edge,
  asker: Asker,
  filled: Filled,
  now: Instant,
): Promise<void> {
  const { client, catalogue } = edge
  if (asker.triggerId === undefined) throw new Error('a form needs a trigger')
  const metadata = metadataFor(asker, undefined, now)
  const form = { ...empty, ...filled, services: [...catalogue.values()], now, metadata }
  const { view } = await client.views.open({
    trigger_id: asker.triggerId,
    view: rollbackModal(form),
  })
  const { service, to, severity } = filled
  if (service === undefined || view?.id === undefined) return
  const wish = { to, reason: filled.reason ?? '', reasonKind: 'other', severity } as const
  const found = await lookedUp(edge, { ...wish, by: personOf(asker), service, ...noTime })
  const flags = flagsOf(edge, service)
  await redrawn(edge, { id: view.id, hash: view.hash }, rollbackModal({ ...form, ...found, flags }))
}

const noTime = { since: undefined, notBefore: undefined } as const

/** A service or a target was chosen: the form shows the versions there are and what the plan comes to. */
export async function refreshRollbackForm(edge: Edge, asker: Asker, view: View): Promise<void> {
  const { catalogue } = edge
  const chosen = chosenService(edge, view)
  const away = chosen && (await turnedAway(edge, asker, { shows: 'what runs', service: chosen }))
  const changes = away
    ? { problem: (await messageFor(edge, away)).text }
    : chosen && (await lookedUp(edge, requestIn(edge, view, chosen, asker)))
  const now = await edge.timeline.now()
  const form = rollbackModal({
    ...empty,
    services: [...catalogue.values()],
    service: chosen,
    to: targetIn(view),
    reason: entered(view, inputs.reason),
    severity: severityIn(view),
    ...changes,
    window: away ? undefined : chosen && windowOf(edge, chosen, now),
    waits: waitsIn(view),
    flags: away ? undefined : chosen && flagsOf(edge, chosen),
    isCombined: isCombinedIn(view),
    now,
    metadata: view.private_metadata,
  })
  await redrawn(edge, view, form)
}

export async function submitRollbackForm(edge: Edge, asker: Asker, view: View): Promise<void> {
  const service = chosenService(edge, view)
  if (!service)
    return tell(edge, asker, { kind: 'nothing_found', what: 'the service that was chosen' })
  const request = requestIn(edge, view, service, asker)
  await tell(edge, asker, await edge.workflows.requestRollback(request, asker.delivery))
}

const empty = {
  service: undefined,
  running: undefined,
  candidates: [],
  plan: undefined,
  to: undefined,
  reason: undefined,
  severity: undefined,
  problem: undefined,
} as const satisfies Partial<RollbackModalInput>

/** What it would come to, as somebody would ask for it now. */
async function lookedUp(
  edge: Edge,
  request: RollbackRequest,
): Promise<Partial<RollbackModalInput>> {
  const preview = await edge.workflows.previewRollback(request)
  if (preview.kind === 'preview')
    return { running: preview.plan.from, candidates: preview.candidates, plan: preview.plan }
  const problem = (await messageFor(edge, preview)).text
  const known = await edge.workflows.history(request.service)
  return known.kind === 'history'
    ? { running: known.running, candidates: known.candidates, problem }
    : { problem }
}

const requestIn = (edge: Edge, view: View, service: ServiceId, asker: Asker): RollbackRequest => {
  const reasonKind = reasonKindIn(view)
  return {
    by: personOf(asker),
    service,
    to: targetIn(view),
    reason: entered(view, inputs.reason) ?? manualReasons[reasonKind],
    reasonKind,
    severity: severityIn(view),
    since: undefined,
    askedAt: readMetadata(view.private_metadata)?.opened,
    notBefore: waitsIn(view) ? 'next window' : undefined,
    // What was chosen for another service is not asked for.
    ...(isCombinedIn(view) && flagsOf(edge, service) ? { isCombined: true as const } : {}),
  }
}

function chosenService({ catalogue }: Edge, view: View): ServiceId | undefined {
  const chosen = entered(view, inputs.service)
  return chosen !== undefined && catalogue.has(chosen) ? serviceId(chosen) : undefined
}

function targetIn(view: View): string | undefined {
  const chosen = entered(view, inputs.target)
  return chosen === lastGood ? undefined : chosen
}

function windowOf({ catalogue }: Edge, service: ServiceId, now: Instant) {
  const windows = catalogue.get(service)?.changeWindows
  const opening = windows && nextOpening(windows, now)
  return opening && { opening, zone: windows.zone }
}

const flagsOf = ({ catalogue }: Edge, service: ServiceId): readonly string[] | undefined =>
  catalogue.get(service)?.flags?.map(({ name }) => name)

const isCombinedIn = (view: View): boolean => entered(view, inputs.flags) === flagsFirst

const waitsIn = (view: View): boolean => entered(view, inputs.when) === nextWindow

const severityIn = (view: View): Severity | undefined =>
  severities.find((one) => one === entered(view, inputs.severity))

function reasonKindIn(view: View): ManualReason {
  const chosen = entered(view, inputs.reasonKind)
  return chosen !== undefined && isReason(chosen) ? chosen : 'other'
}
const isReason = (text: string): text is ManualReason => Object.hasOwn(manualReasons, text)
